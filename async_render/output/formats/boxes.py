"""The boxes of ISO media files (ISO/IEC 14496-12): a length, a name, and data.

MP4, MOV, AVIF and JP2 are made of boxes.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .source import Damage, Source


class Box(NamedTuple):
    kind: bytes
    begin: int
    """Offset of the box's data in the file."""
    end: int


def boxes(source: Source, offset: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets. Each box lies completely inside the file."""
    while offset < end:
        length, kind = source.number(offset, 4), source.read(offset + 4, 4)
        begin = offset + 8
        if length == 1:
            length, begin = source.number(offset + 8, 8), offset + 16
        elif length == 0 and any(kind):  # the box ends where the file ends
            length = end - offset
        if length < begin - offset:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(offset + length)
        if offset + length > end:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        yield Box(kind, begin, offset + length)
        offset += length
