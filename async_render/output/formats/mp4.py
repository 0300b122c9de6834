"""MP4 and QuickTime movies."""

from .boxes import Box, boxes
from .source import Damage, Source

CHILD = {b"moov": b"trak", b"trak": b"mdia", b"mdia": b"minf", b"minf": b"stbl"}
"""The boxes on the way to the table that says where the frames are. Only these are opened, so no nesting is too deep.
"""


def check(source: Source) -> None:
    """Check the boxes to the end of the file: the frames (`mdat`), and the table that says where they are (`moov`).

    The table is written last.
    """
    has_frames, movie = False, None
    for box in boxes(source, 0, source.size):
        has_frames |= box.kind == b"mdat"
        movie = box if box.kind == b"moov" else movie
    if movie is None:
        raise Damage("was not finished: it does not say where its frames are (no 'moov')")
    if not has_frames:
        raise Damage("is damaged: it has no frames (no 'mdat')")
    _walk(source, movie)
    source.require_no_hole_before(movie.end)


def _walk(source: Source, parent: Box) -> None:
    for box in boxes(source, parent.begin, parent.end):
        if not any(box.kind):
            raise Damage(f"is damaged after {box.begin:,} of {source.size:,} bytes")
        if box.kind == CHILD.get(parent.kind):
            _walk(source, box)
