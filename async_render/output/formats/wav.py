"""WAV: RIFF chunks, of which FFmpeg writes the lengths last."""

from .riff import chunks
from .source import Damage, Source

NOT_WRITTEN = 0xFFFF_FFFF
"""FFmpeg's length of a file until the file is finished."""


def check(source: Source) -> None:
    """Check the length in the header, and every chunk."""
    length = source.number(4, 4, "little")
    if length == NOT_WRITTEN:
        raise Damage("was not finished: it does not say how long it is")
    source.require(8 + length)
    if not any(chunk.kind == b"data" for chunk in chunks(source, 12, 8 + length)):
        raise Damage("is damaged: it has no sound")
