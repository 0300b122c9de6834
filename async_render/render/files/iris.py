"""IRIS (SGI): Blender writes it run-length encoded, with a table of the rows (iris.cc)."""

from struct import iter_unpack

from .source import MOST, Damage, Source

HEADER = 512


def check(source: Source) -> None:
    """Each row of each channel is inside the file."""
    is_encoded = source.number(2, 1)
    depth = source.number(3, 1)
    width, height, channels = (source.number(offset, 2) for offset in (6, 8, 10))
    if not (width and height and channels and depth in (1, 2)):
        raise Damage("is damaged: it has no size")
    rows = height * channels
    if not is_encoded:
        source.reaches(HEADER + rows * width * depth)
        return
    starts, lengths = (_table(source, HEADER + place * 4 * rows, rows) for place in (0, 1))
    if not all(starts) or not all(lengths):
        raise Damage("is damaged: its table of rows has holes")
    end = max(map(sum, zip(starts, lengths, strict=True)))
    source.reaches(end)
    source.has_no_hole_before(end)


def _table(source: Source, offset: int, rows: int) -> list[int]:
    end = offset + 4 * rows
    source.reaches(end)
    blocks = (source.read(at, min(MOST, end - at)) for at in range(offset, end, MOST))
    return [number for block in blocks for (number,) in iter_unpack(">I", block)]
