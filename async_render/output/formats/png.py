"""PNG: https://www.w3.org/TR/png-3/#5Chunk-layout"""

import zlib
from struct import Struct

from .source import MOST, Damage, Source, cut_off

_BLOCK = 1 << 16
"""Bytes that are checked at a time. libpng writes chunks of 8 KB, and Blender adds a dozen small chunks of text."""

_HEAD = Struct(">I4s")
_CHECKSUM = Struct(">I")


def check(source: Source) -> None:
    """Check every chunk with its checksum, to `IEND`. The checksums find changed bytes, which no structure shows."""
    if source.read(8, 8) != b"\0\0\0\x0dIHDR":
        raise Damage("is damaged: it does not begin with its header")
    offset, has_pixels = 8, False
    first, block = 0, memoryview(b"")  # offset of the block in the file, and its bytes
    while offset < source.size:
        source.require(offset + _HEAD.size)
        if offset + _HEAD.size > first + len(block):
            first, block = offset, _block(source, offset)
        length, kind = _HEAD.unpack_from(block, offset - first)
        end = offset + 12 + length
        if not kind.isalpha():
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(end)
        if end > first + len(block):
            first, block = offset, _block(source, offset)
        if end > first + len(block):
            is_whole = _is_large_whole(source, offset + 4, end)
        else:
            checked = block[offset - first + 4 : end - first - 4]
            is_whole = (zlib.crc32(checked),) == _CHECKSUM.unpack_from(block, end - first - 4)
        if not is_whole:
            raise Damage(f"is damaged between bytes {offset:,} and {end:,}: a checksum does not match")
        has_pixels |= kind == b"IDAT"
        if kind == b"IEND" and has_pixels:
            return
        offset = end
    raise cut_off(source)


def _block(source: Source, offset: int) -> memoryview:
    return memoryview(source.read_up_to(offset, _BLOCK))


def _is_large_whole(source: Source, begin: int, end: int) -> bool:
    """Return whether the last four bytes are the checksum of the bytes before them."""
    checksum = 0
    while begin < end - 4:
        length = min(MOST, end - begin - 4)
        checksum = zlib.crc32(source.read(begin, length), checksum)
        begin += length
    return checksum == source.number(begin, 4)
