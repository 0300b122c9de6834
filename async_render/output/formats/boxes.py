"""The boxes of ISO media files (ISO/IEC 14496-12): a length, a name, and data.

MP4, MOV, AVIF and JP2 are made of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .source import Damage, Source


class Box(NamedTuple):
    kind: bytes
    begin: int
    """Where its data begin."""
    end: int


def boxes(source: Source, offset: int, end: int) -> Iterator[Box]:
    """The boxes between two places, each wholly inside the file."""
    while offset < end:
        length, kind = source.number(offset, 4), source.read(offset + 4, 4)
        begin = offset + 8
        if length == 1:
            length, begin = source.number(offset + 8, 8), offset + 16
        elif length == 0 and any(kind):  # it goes to the end of the file
            length = end - offset
        if length < begin - offset:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(offset + length)
        if offset + length > end:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        yield Box(kind, begin, offset + length)
        offset += length
