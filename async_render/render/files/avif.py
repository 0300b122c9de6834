"""AVIF: https://aomediacodec.github.io/av1-avif/"""

from .boxes import boxes
from .source import Damage, Source


def check(source: Source) -> None:
    """The boxes to the end of the file, with `meta` and the pixels in `mdat`."""
    kinds = {box.kind for box in boxes(source, 0, source.size)}
    if b"meta" not in kinds or not kinds & {b"mdat", b"idat"}:
        raise Damage("is damaged: it has no pixels")
    source.has_no_hole_before(source.size)
