"""AVIF: https://aomediacodec.github.io/av1-avif/"""

from .boxes import boxes
from .source import Damage, Source

PIXELS = {b"mdat", b"idat"}


def check(source: Source) -> None:
    """Check the boxes to the end of the file. One box is `meta`, and another has the pixels."""
    has_meta = has_pixels = False
    for box in boxes(source, 0, source.size):
        has_meta |= box.kind == b"meta"
        has_pixels |= box.kind in PIXELS
    if not (has_meta and has_pixels):
        raise Damage("is damaged: it has no pixels")
    source.require_no_hole_before(source.size)
