"""WebP: https://developers.google.com/speed/webp/docs/riff_container"""

from .riff import chunks
from .source import Damage, Source

PIXELS = {b"VP8 ", b"VP8L", b"ANMF"}


def check(source: Source) -> None:
    """Check the length in the header, and every chunk."""
    end = 8 + source.number(4, 4, "little")
    source.require(end)
    if not any(chunk.kind in PIXELS for chunk in chunks(source, 12, end)):
        raise Damage("is damaged: it has no pixels")
    source.require_no_hole_before(end)
