"""Radiance HDR: https://radsite.lbl.gov/radiance/refer/filefmts.pdf"""

import re

from .source import MOST, Damage, Source, cut_off

SIZE = re.compile(rb"\n\n[-+]Y (\d{1,7}) [-+]X (\d{1,7})\n")
CHANNELS = 4


def check(source: Source) -> None:
    """Check every run of equal bytes in every row: nothing else says where the file ends.

    Rows of less than 8 and more than 32,767 pixels are not encoded.
    """
    size = SIZE.search(head := source.read_up_to(0, 1 << 16))
    if not size:
        raise Damage("is damaged: it has no size") if len(head) == 1 << 16 else cut_off(source)
    height, width = int(size[1]), int(size[2])
    if 8 <= width <= 0x7FFF:
        _check_rows(source, size.end(), height, width)
    else:
        source.require(size.end() + height * width * CHANNELS)


def _check_rows(source: Source, offset: int, height: int, width: int) -> None:
    most = CHANNELS * 2 * width + 4
    begin, block = offset, source.read_up_to(offset, MOST)
    for _ in range(height):
        if offset - begin + most > len(block) and begin + len(block) < source.size:
            begin, block = offset, source.read_up_to(offset, MOST)
        length = _row_length(block, offset - begin, width)
        if not length:
            raise cut_off(source)
        if length < 0:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        offset += length


def _row_length(block: bytes, begin: int, width: int) -> int:
    """Return the bytes of a row; 0: the row is truncated; -1: these bytes are no row."""
    if len(block) < begin + 4:
        return 0
    if block[begin : begin + 4] != b"\2\2" + width.to_bytes(2, "big"):
        return -1
    offset = begin + 4
    for _ in range(CHANNELS):
        left = width
        while left > 0:
            if offset >= len(block):
                return 0
            count = block[offset]
            if not count:
                return -1
            is_run = count > 128
            left -= count - 128 if is_run else count
            offset += 2 if is_run else 1 + count
        if left < 0:
            return -1
    return offset - begin if offset <= len(block) else 0
