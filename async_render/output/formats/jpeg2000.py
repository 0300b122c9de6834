"""JPEG 2000: the bare code stream (ISO/IEC 15444-1, annex A), and a code stream in a JP2 file (annex I)."""

from .boxes import boxes
from .source import Damage, Source, cut_off

START_OF_TILE_PART = b"\xff\x90"
END = b"\xff\xd9"


def check_jp2(source: Source) -> None:
    """Check the boxes, and the code stream in the last box."""
    for box in boxes(source, 0, source.size):
        if box.kind == b"jp2c":
            _check_stream(source, box.begin, box.end)
            return
    raise cut_off(source)


def check_j2k(source: Source) -> None:
    """Check the main header, each tile part by its length, and the end marker."""
    _check_stream(source, 0, source.size)


def _check_stream(source: Source, begin: int, end: int) -> None:
    offset = begin + 2
    while (marker := source.read(offset, 2)) != END:
        if marker[0] != 0xFF:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        if marker == START_OF_TILE_PART:
            length = source.number(offset + 6, 4) or end - 2 - offset
        else:
            length = 2 + source.number(offset + 2, 2)
        if length < 4:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(offset + length + 2)
        offset += length
