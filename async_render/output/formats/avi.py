"""AVI, and its extension for files over 1 GB (OpenDML)."""

from .riff import Chunk, chunks
from .source import Damage, Source


def check(source: Source) -> None:
    """Check the header, the frames, and the index, which is written last.

    FFmpeg leaves the lengths at zero until it has finished the file.
    """
    is_first = True
    for part in chunks(source, 0, source.size):
        if part.kind == b"RIFF":
            _check_part(source, part, needs_index=is_first)
            is_first = False


def _check_part(source: Source, part: Chunk, *, needs_index: bool) -> None:
    has_frames = has_index = False
    for chunk in chunks(source, part.begin + 4, part.end):
        has_frames |= chunk.kind == b"LIST" and source.read(chunk.begin, 4) == b"movi"
        has_index |= chunk.kind == b"idx1"
    if not has_frames:
        raise Damage("was not finished: it has no frames")
    if needs_index and not has_index:
        raise Damage("was not finished: it has no index")
