"""AVI, and its continuation for files over 1 GB (OpenDML)."""

from .riff import chunks
from .source import Damage, Source


def check(source: Source) -> None:
    """The header, the frames, and the index, which is written last.

    FFmpeg's writer leaves the lengths zero until it has finished.
    """
    parts = [part for part in chunks(source, 0, source.size) if part.kind == b"RIFF"]
    for part in parts:
        kinds = [_kind(source, chunk.kind, chunk.begin) for chunk in chunks(source, part.begin + 4, part.end)]
        if b"movi" not in kinds:
            raise Damage("was not finished: it has no frames")
        if part == parts[0] and b"idx1" not in kinds:
            raise Damage("was not finished: it has no index")


def _kind(source: Source, kind: bytes, begin: int) -> bytes:
    return source.read(begin, 4) if kind == b"LIST" else kind
