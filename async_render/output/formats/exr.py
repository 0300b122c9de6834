"""OpenEXR: https://openexr.com/en/latest/OpenEXRFileLayout.html"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .source import MOST, Damage, Source

TILED, DEEP, MULTI_PART = 0x200, 0x800, 0x1000
ROWS = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256, 10: 256, 11: 32}
"""Rows of a chunk, by compression. The last two compressions are HTJ2K of OpenEXR 3.4."""
MAY_END_WITH_ZEROS = {0, 6, 7}  # NONE; B44 and B44A leave 32-bit channels as they are
SAMPLE = {0: 4, 1: 2, 2: 4}
"""Bytes of one sample, by type of the channel: integer, half, float."""
HEADER = 1 << 24
"""Bytes of the longest header that is read."""
WANTED, LONGEST = {b"chunkCount", b"compression", b"dataWindow", b"tiles", b"type"}, 64
"""The attributes that are read, and bytes of each. Others, such as a Cryptomatte's manifest, may be large and are
skipped."""
PARTS, CHUNKS = 1 << 14, 1 << 22
"""Largest numbers of parts and of chunks in a file. Blender writes a part for each pass and view, and at most 65,536
rows."""
NAME = 256
"""Bytes of the longest name of an attribute or its type, with the zero at its end."""


@dataclass(frozen=True)
class Part:
    """The header of one part. Multilayer files of Blender 5 have a part for each pass and view."""

    attributes: dict[bytes, bytes]
    pixel_size: int
    """Bytes of a pixel."""
    flags: int

    @property
    def is_tiled(self) -> bool:
        return self._type in (b"tiledimage", b"deeptile") if self._type else bool(self.flags & TILED)

    @property
    def is_deep(self) -> bool:
        return self._type in (b"deepscanline", b"deeptile") if self._type else bool(self.flags & DEEP)

    @property
    def _type(self) -> bytes:
        return self.attributes.get(b"type", b"").rstrip(b"\0")

    @property
    def compression(self) -> int:
        return self._numbers(b"compression", "<B")[0]

    @property
    def chunks(self) -> int | None:
        """The number of chunks; None: the header has no number, and the compression is not known."""
        if b"chunkCount" in self.attributes:
            return self._numbers(b"chunkCount", "<i")[0]
        left, bottom, right, top = self._numbers(b"dataWindow", "<4i")
        width, height = right - left + 1, top - bottom + 1
        if width < 1 or height < 1:
            raise Damage("is damaged: it has no size")
        if self.is_tiled:
            return self._tiles(width, height)
        rows = ROWS.get(self.compression)
        return -(-height // rows) if rows else None

    def is_compressed(self, row: int, length: int) -> bool:
        """Return whether the chunk that begins with this row is smaller than its pixels. Larger chunks are stored
        without compression."""
        if self.is_tiled or self.is_deep or self.compression in MAY_END_WITH_ZEROS:
            return False
        left, _, right, top = self._numbers(b"dataWindow", "<4i")
        rows = min(ROWS.get(self.compression, 1), top - row + 1)
        return length < rows * (right - left + 1) * self.pixel_size

    def _tiles(self, width: int, height: int) -> int:
        tile_width, tile_height, mode = self._numbers(b"tiles", "<2IB")
        if not (tile_width and tile_height):
            raise Damage("is damaged: its tiles have no size")
        widths, heights = (_levels(size, round_up=bool(mode >> 4)) for size in (width, height))
        across, up = (
            [-(-size // tile) for size in sizes] for sizes, tile in ((widths, tile_width), (heights, tile_height))
        )
        match mode & 0xF:
            case 0:
                return across[0] * up[0]
            case 1:  # mipmaps: both sizes are halved until both are 1
                steps = max(len(across), len(up))
                across, up = (counts + [1] * (steps - len(counts)) for counts in (across, up))
                return sum(x * y for x, y in zip(across, up, strict=True))
            case _:  # ripmaps: each size is halved for itself
                return sum(across) * sum(up)

    def _numbers(self, name: bytes, form: str) -> tuple[int, ...]:
        value = self.attributes.get(name, b"")
        if len(value) != struct.calcsize(form):
            raise Damage(f"is damaged: its header has no {name.decode()}")
        return struct.unpack(form, value)


def check(source: Source) -> None:
    """Check the headers, the table of chunks, and the end of each chunk.

    The table is filled when the file is finished, so an unfinished file has zeros in its table.
    """
    flags = source.number(4, 4, "little")
    parts, offset = _read_parts(source, flags)
    tables = []
    for part in parts:
        count = part.chunks
        if count is None:  # the first chunk follows the table
            count = (source.number(offset, 8, "little") - offset) // 8
        if count < 1:
            raise Damage("is damaged: it has no pixels")
        tables.append(range(offset, offset + 8 * count, 8))
        offset += 8 * count
        source.require(offset)
    if sum(map(len, tables)) > CHUNKS:
        raise Damage(f"is damaged: it has more than {CHUNKS:,} chunks")
    for number, (part, table) in enumerate(zip(parts, tables, strict=True)):
        _check_chunks(source, part, number, table, first=offset)


def _read_parts(source: Source, flags: int) -> tuple[list[Part], int]:
    parts: list[Part] = []
    offset = 8
    while len(parts) < PARTS:
        part, offset = _read_header(source, offset, flags)
        if part is not None:
            parts.append(part)
        elif not parts:
            raise Damage("is damaged: its header is empty")
        if not flags & MULTI_PART or part is None:  # an empty header is the last one of a file with many parts
            return parts, offset
    raise Damage(f"is damaged: it has more than {PARTS:,} parts")


def _read_header(source: Source, offset: int, flags: int) -> tuple[Part | None, int]:
    """Return the part, and the offset after its header; None: the header is empty."""
    attributes: dict[bytes, bytes] = {}
    pixel_size, begin = 0, offset
    while name := source.read_name(offset, NAME):
        offset += len(name) + 1
        offset += len(source.read_name(offset, NAME)) + 1
        length = source.number(offset, 4, "little")
        source.require(offset + 4 + length)
        if name in WANTED:
            attributes[name] = source.read(offset + 4, min(length, LONGEST))
        elif name == b"channels":
            pixel_size = _pixel_size(source.read(offset + 4, min(length, MOST)))
        offset += 4 + length
        if offset > begin + HEADER:
            raise Damage("is damaged: its header is too long")
    return Part(attributes, pixel_size, flags) if offset > begin else None, offset + 1


def _pixel_size(channels: bytes) -> int:
    """Return the bytes of a pixel.

    The list has for each channel: name, zero, type, 12 bytes. A zero ends the list.
    """
    channels = channels.rstrip(b"\0") + bytes(16)
    size = at = 0
    while (end := channels.find(b"\0", at)) > at:
        size += SAMPLE.get(int.from_bytes(channels[end + 1 : end + 5], "little"), 0)
        at = end + 17
    return size


def _check_chunks(source: Source, part: Part, number: int, table: range, first: int) -> None:
    head = 4 if part.flags & MULTI_PART else 0
    coordinates = 16 if part.is_tiled else 4
    last = (0, 0, 0)
    for offset in _chunk_offsets(source, table):
        if offset < first:
            missing = sum(offset < first for offset in _chunk_offsets(source, table))
            raise Damage(f"was not finished: {missing:,} of {len(table):,} chunks are missing")
        if head and source.number(offset, 4, "little") != number:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        data = offset + head + coordinates
        if part.is_deep:
            begin = data + 24
            length = source.number(data, 8, "little") + source.number(data + 8, 8, "little")
        else:
            begin = data + 4
            length = source.number(data, 4, "little")
        if not length and not part.is_deep:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(begin + length)
        last = max(last, (begin + length, offset, length))
    end, offset, length = last
    if part.is_compressed(_signed(source.read(offset + head, 4)), length):
        source.require_no_hole_before(end)


def _chunk_offsets(source: Source, table: range) -> Iterator[int]:
    """Yield the offsets of the chunks. The table is read block by block."""
    for at in table[:: MOST // 8]:
        block = source.read(at, min(MOST, table.stop - at))
        yield from (offset for (offset,) in struct.iter_unpack("<Q", block))


def _signed(number: bytes) -> int:
    return int.from_bytes(number, "little", signed=True)


def _levels(size: int, *, round_up: bool) -> list[int]:
    """Return a size and its halves down to 1."""
    sizes = [size]
    while size > 1:
        size = (size + round_up) // 2
        sizes.append(size)
    return sizes
