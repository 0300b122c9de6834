"""TIFF, and BigTIFF for files over 4 GB: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf"""

import sys
import zlib
from array import array
from collections.abc import Sequence
from struct import Struct
from typing import Literal, NamedTuple

from .source import MOST, Damage, Source

OFFSETS, LENGTHS, COMPRESSION = 273, 279, 259
WANTED = {OFFSETS: OFFSETS, LENGTHS: LENGTHS, COMPRESSION: COMPRESSION, 324: OFFSETS, 325: LENGTHS}
"""The tags whose values are read. Pictures of tiles have the last two instead of the first two."""
NOT_COMPRESSED, ZIP = 1, {8, 32946}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
NUMBERS = {1: "B", 2: "H", 4: "I", 8: "Q"}
PICTURES = 1_000
UNPACKED = 1 << 26
"""Bytes that are unpacked at most for a file. A megabyte of a forged file may become a gigabyte."""


class Layout(NamedTuple):
    """The way in which numbers are written in this file."""

    order: Literal["little", "big"]
    tags: int
    """Bytes of the number of tags in a directory."""
    offset_size: int
    """Bytes of an offset, and of a tag's value."""
    head: Struct
    """The head of a tag, before its value: the tag's number, the type of its values, and their number."""


class Tag(NamedTuple):
    number: int
    size: int
    """Bytes of a value."""
    begin: int
    """Offset of the values in the file."""
    end: int


def check(source: Source) -> None:
    """Check each picture's directory, its tags, and each strip or tile."""
    order: Literal["little", "big"] = "little" if source.read(0, 2) == b"II" else "big"
    sign = "<" if order == "little" else ">"
    is_big = source.number(2, 2, order) == 43
    layout = Layout(order, 8, 8, Struct(sign + "HHQ")) if is_big else Layout(order, 2, 4, Struct(sign + "HHI"))
    directory = source.number(8 if is_big else 4, layout.offset_size, order)
    if not directory:
        raise Damage("was not finished: it has no pictures")
    seen: set[int] = set()
    while directory:
        if directory in seen or len(seen) >= PICTURES:
            raise Damage("is damaged: its pictures go round in circles")
        seen.add(directory)
        directory = _check_picture(source, directory, layout)


def _check_picture(source: Source, directory: int, layout: Layout) -> int:
    """Check one picture, and return the offset of the next picture's directory; 0: there is none."""
    tags = source.number(directory, layout.tags, layout.order)
    begin = directory + layout.tags
    end = begin + tags * (layout.head.size + layout.offset_size)
    source.require(end + layout.offset_size)
    if not tags:
        raise Damage(f"is damaged after {directory:,} of {source.size:,} bytes")
    wanted: dict[int, Tag] = {}
    for offset in range(begin, end, layout.head.size + layout.offset_size):
        tag = _tag(source, offset, layout)
        if tag.number in WANTED:
            wanted[WANTED[tag.number]] = tag
    offsets, lengths, compression = (
        _values(source, wanted[number], layout) if number in wanted else default
        for number, default in ((OFFSETS, [0]), (LENGTHS, [0]), (COMPRESSION, [NOT_COMPRESSED]))
    )
    following = source.number(end, layout.offset_size, layout.order)
    _check_strips(source, offsets, lengths, compression[0], unpack=not following)
    return following


def _tag(source: Source, offset: int, layout: Layout) -> Tag:
    head = source.read(offset, layout.head.size + layout.offset_size)
    number, kind, count = layout.head.unpack_from(head)
    size = SIZES.get(kind)
    if not size or not count:
        raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
    begin = offset + layout.head.size
    if size * count > layout.offset_size:  # smaller values stand in the tag itself
        begin = int.from_bytes(head[layout.head.size :], layout.order)
    source.require(begin + size * count)
    return Tag(number, size, begin, begin + size * count)


def _values(source: Source, tag: Tag, layout: Layout) -> Sequence[int]:
    values = array(NUMBERS[tag.size], source.read(tag.begin, tag.end - tag.begin))
    if layout.order != sys.byteorder:
        values.byteswap()
    return values


def _check_strips(
    source: Source, offsets: Sequence[int], lengths: Sequence[int], compression: int, *, unpack: bool
) -> None:
    if len(offsets) != len(lengths) or not all(offsets) or not all(lengths):
        raise Damage("was not finished: a part of its pixels is missing")
    end, begin = max((offset + length, offset) for offset, length in zip(offsets, lengths, strict=True))
    source.require(end)
    if compression != NOT_COMPRESSED:
        source.require_no_hole_before(end)
    if unpack and compression in ZIP and end - begin <= MOST:
        _check_zip(source.read(begin, end - begin))


def _check_zip(data: bytes) -> None:
    stream = zlib.decompressobj()
    unpacked = 0
    try:
        while data and not stream.eof and unpacked < UNPACKED:
            unpacked += len(stream.decompress(data, MOST))
            data = stream.unconsumed_tail
    except zlib.error as error:
        raise Damage(f"is damaged in its last pixels: {error}") from error
    if not stream.eof and unpacked < UNPACKED:
        raise Damage("is damaged in its last pixels: they are cut off")
