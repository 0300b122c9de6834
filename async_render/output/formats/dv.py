"""DV (IEC 61834): frames of one size, one after the other.

DV has no end mark and no length. A cut between two frames is not found.
"""

from .source import Damage, Source, cut_off

NTSC, PAL = 120_000, 144_000
BLOCK = 80


def check(source: Source) -> None:
    """Check that all frames have their size, and that the last frame has its first and last blocks."""
    frame = PAL if source.number(3, 1) & 0x80 else NTSC
    if source.size % frame:
        raise cut_off(source)
    if source.read(source.size - frame, 2) != source.read(0, 2) or not any(source.read(source.size - BLOCK, BLOCK)):
        raise Damage("is damaged in its last frame")
