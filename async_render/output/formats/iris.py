"""IRIS (SGI). Blender writes it run-length encoded, with a table of the rows (iris.cc)."""

from operator import add
from struct import unpack

from .source import MOST, Damage, Source

HEADER = 512


def check(source: Source) -> None:
    """Check that each row of each channel is inside the file."""
    is_encoded = source.number(2, 1)
    depth = source.number(3, 1)
    width, height, channels = (source.number(offset, 2) for offset in (6, 8, 10))
    if not (width and height and channels and depth in (1, 2)):
        raise Damage("is damaged: it has no size")
    rows = height * channels
    if not is_encoded:
        source.require(HEADER + rows * width * depth)
        return
    source.require(HEADER + 8 * rows)
    end = 0
    for at in range(0, 4 * rows, MOST):
        most = min(MOST, 4 * rows - at)
        starts, lengths = (_numbers(source, HEADER + at + table * 4 * rows, most) for table in (0, 1))
        if not all(starts) or not all(lengths):
            raise Damage("is damaged: its table of rows has holes")
        end = max(end, *map(add, starts, lengths))
    source.require(end)
    source.require_no_hole_before(end)


def _numbers(source: Source, offset: int, length: int) -> tuple[int, ...]:
    return unpack(f">{length // 4}I", source.read(offset, length))
