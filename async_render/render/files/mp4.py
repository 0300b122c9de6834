"""MP4 and QuickTime movies."""

from .boxes import Box, boxes
from .source import Damage, Source

PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def check(source: Source) -> None:
    """The boxes to the end of the file: the frames (`mdat`), and what says where they are (`moov`, written last)."""
    top = {box.kind: box for box in boxes(source, 0, source.size)}
    if b"moov" not in top:
        raise Damage("was not finished: it does not say where its frames are (no 'moov')")
    if b"mdat" not in top:
        raise Damage("is damaged: it has no frames (no 'mdat')")
    _walk(source, top[b"moov"])
    source.has_no_hole_before(top[b"moov"].end)


def _walk(source: Source, parent: Box) -> None:
    pending = [parent]
    while pending:
        box = pending.pop()
        if not any(box.kind):
            raise Damage(f"is damaged after {box.begin:,} of {source.size:,} bytes")
        if box.kind in PARENTS:
            pending.extend(boxes(source, box.begin, box.end))
