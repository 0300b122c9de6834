"""RIFF chunks: a name, a length, and data padded to an even length. WebP and AVI are made of chunks."""

from collections.abc import Iterator
from typing import NamedTuple

from .source import Damage, Source


class Chunk(NamedTuple):
    kind: bytes
    begin: int
    """Offset of the chunk's data in the file."""
    end: int


def chunks(source: Source, offset: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two offsets. Each chunk lies completely inside the file."""
    while offset + 1 < end:
        kind, length = source.read(offset, 4), source.number(offset + 4, 4, "little")
        if not (kind.isascii() and kind.decode("ascii").isprintable()):
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        chunk = Chunk(kind, offset + 8, offset + 8 + length)
        source.require(chunk.end)
        yield chunk
        offset = chunk.end + length % 2
