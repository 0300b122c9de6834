"""TIFF, and BigTIFF for files over 4 GB: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf"""

import zlib
from typing import Literal, NamedTuple

from .source import MOST, Damage, Source

COMPRESSION = 259
OFFSETS, LENGTHS = {273, 324}, {279, 325}  # of strips, and of tiles
NOT_COMPRESSED, ZIP = 1, {8, 32946}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
PICTURES = 1_000


class Layout(NamedTuple):
    """How numbers are written in this file."""

    order: Literal["little", "big"]
    tags: int
    """Bytes of the number of tags in a directory."""
    tag: int
    """Bytes of a tag."""
    place: int
    """Bytes of a place in the file, and of a tag's value."""


def check(source: Source) -> None:
    """Each picture's directory, its tags, and each strip or tile."""
    order: Literal["little", "big"] = "little" if source.read(0, 2) == b"II" else "big"
    is_big = source.number(2, 2, order) == 43
    layout = Layout(order, 8, 20, 8) if is_big else Layout(order, 2, 12, 4)
    directory = source.number(8 if is_big else 4, layout.place, order)
    if not directory:
        raise Damage("was not finished: it has no pictures")
    seen: set[int] = set()
    while directory:
        if directory in seen or len(seen) >= PICTURES:
            raise Damage("is damaged: its pictures go round in circles")
        seen.add(directory)
        directory = _check_picture(source, directory, layout)


def _check_picture(source: Source, directory: int, layout: Layout) -> int:
    """Returns where the next picture's directory is; 0: there is none."""
    tags = source.number(directory, layout.tags, layout.order)
    begin = directory + layout.tags
    end = begin + tags * layout.tag
    source.reaches(end + layout.place)
    if not tags:
        raise Damage(f"is damaged after {directory:,} of {source.size:,} bytes")
    offsets, lengths, compression = [0], [0], [NOT_COMPRESSED]
    for place in range(begin, end, layout.tag):
        tag = source.number(place, 2, layout.order)
        values = _values(source, place, layout, wanted=tag in OFFSETS | LENGTHS | {COMPRESSION})
        if tag in OFFSETS:
            offsets = values
        elif tag in LENGTHS:
            lengths = values
        elif tag == COMPRESSION:
            compression = values
    _check_strips(source, offsets, lengths, compression[0])
    return source.number(end, layout.place, layout.order)


def _values(source: Source, place: int, layout: Layout, *, wanted: bool) -> list[int]:
    size = SIZES.get(source.number(place + 2, 2, layout.order))
    count = source.number(place + 4, layout.place, layout.order)
    if not size or not count:
        raise Damage(f"is damaged after {place:,} of {source.size:,} bytes")
    begin = place + 4 + layout.place
    if size * count > layout.place:
        begin = source.number(begin, layout.place, layout.order)
    source.reaches(begin + size * count)
    if not wanted:
        return []
    data = source.read(begin, size * count)
    return [int.from_bytes(data[at : at + size], layout.order) for at in range(0, len(data), size)]


def _check_strips(source: Source, offsets: list[int], lengths: list[int], compression: int) -> None:
    if len(offsets) != len(lengths) or not all(offsets) or not all(lengths):
        raise Damage("was not finished: a part of its pixels is missing")
    end, begin = max((offset + length, offset) for offset, length in zip(offsets, lengths, strict=True))
    source.reaches(end)
    if compression != NOT_COMPRESSED:
        source.has_no_hole_before(end)
    if compression in ZIP and end - begin <= MOST:
        _check_zip(source.read(begin, end - begin))


def _check_zip(data: bytes) -> None:
    stream = zlib.decompressobj()
    try:
        while data and not stream.eof:
            stream.decompress(data, MOST)
            data = stream.unconsumed_tail
    except zlib.error as error:
        raise Damage(f"is damaged in its last pixels: {error}") from error
    if not stream.eof:
        raise Damage("is damaged in its last pixels: they are cut off")
