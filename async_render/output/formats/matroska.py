"""Matroska and WebM: https://www.rfc-editor.org/rfc/rfc9559, with EBML: https://www.rfc-editor.org/rfc/rfc8794"""

from collections.abc import Iterator

from .source import Damage, Source

SEGMENT, CLUSTER, CUES = 0x18538067, 0x1F43B675, 0x1C53BB6B


def check(source: Source) -> None:
    """Check the segment's length, the elements in it, the frames and their index. FFmpeg writes the length last."""
    for kind, begin, end in _elements(source, 0, source.size):
        if kind == SEGMENT:
            kinds = {child for child, _, _ in _elements(source, begin, end) if child in (CLUSTER, CUES)}
            if not {CLUSTER, CUES} <= kinds:
                raise Damage("was not finished: it has no frames or no index")
            source.require_no_hole_before(end)
            return
    raise Damage("was not finished: it has no frames")


def _elements(source: Source, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the kind of each element, and the offsets at which its data begin and end."""
    while offset < end:
        kind, width = _number(source, offset, most=4, keep_marker=True)
        length, length_width = _number(source, offset + width, most=8, keep_marker=False)
        begin = offset + width + length_width
        if length == (1 << 7 * length_width) - 1:
            raise Damage("was not finished: its length is not known")
        source.require(begin + length)
        yield kind, begin, begin + length
        offset = begin + length


def _number(source: Source, offset: int, *, most: int, keep_marker: bool) -> tuple[int, int]:
    """Return a number and its width in bytes. The number's leading zero bits say how wide it is."""
    width = 9 - source.number(offset, 1).bit_length()
    if width > most:
        raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
    value = source.number(offset, width)
    return (value if keep_marker else value & (1 << 7 * width) - 1), width
