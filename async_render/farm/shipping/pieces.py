"""Files in pieces, as a transport sends them: read from a file, or written to a hidden one and checked at its end."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import IO

from ...output.folders import why_not_written
from ...render.errors import RenderError
from .manifest import check_digest, check_size

PIECE = 1 << 20
"""Bytes of a piece. A message of a transport is not larger, so that memory stays bounded."""


def read_piece(file: Path, offset: int, size: int = PIECE) -> bytes:
    """Return a piece of a file, which is shorter at its end.

    Raises:
        RenderError: the file cannot be read.
    """
    try:
        with file.open("rb", buffering=0) as opened:
            opened.seek(offset)
            return opened.read(min(size, PIECE))
    except OSError as error:
        raise RenderError(f"{file} cannot be read: {error.strerror or error}") from error


def measure(file: Path) -> tuple[int, str]:
    """Return the size and the SHA-256 digest of a regular file's content, with bounded memory.

    Raises:
        RenderError: the file cannot be read, or is a device or a pipe.
    """
    digest, size = sha256(), 0
    try:
        if not S_ISREG(file.stat().st_mode):
            raise RenderError(f"{file} is not a file but a device, a pipe or a folder")
        with file.open("rb", buffering=0) as opened:
            while piece := opened.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise RenderError(f"{file} cannot be read: {error.strerror or error}") from error
    return size, digest.hexdigest()


def cannot_write(where: Path, error: OSError) -> RenderError:
    """Return the error for a file that cannot be written, with what to do about it."""
    return RenderError(f"{where} cannot be written: {why_not_written(error)}")


class ReceivedFile:
    """A file that arrives piece by piece. `finish` says whether it is what was announced; until then it is hidden.

    Args:
        path: where the pieces are kept; nothing may be there.
        size: the announced bytes.
        digest: the announced SHA-256.

    Attributes:
        path: the file.
        offset: number of bytes that have arrived: where the next piece begins.
    """

    def __init__(self, path: Path, size: int, digest: str) -> None:
        self.path = path
        self.offset = 0
        self._size = check_size(size)
        self._expected = check_digest(digest)
        self._digest = sha256()
        self._file: IO[bytes] | None = None
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise cannot_write(path, error) from error

    @property
    def is_open(self) -> bool:
        """Whether the file takes pieces."""
        return self._file is not None

    def write(self, offset: int, piece: bytes) -> None:
        """Append a piece.

        Raises:
            RenderError: the piece is not the next one, or the disk does not take it. Nothing is left of the file.
        """
        if self._file is None:
            raise RenderError(f"{self.path} takes no more pieces")
        if offset != self.offset or len(piece) > PIECE or offset + len(piece) > self._size:
            self.remove()
            raise RenderError(
                f"{self.path}: a piece of {len(piece):,} bytes at {offset:,} came where {self.offset:,} of "
                f"{self._size:,} bytes were there"
            )
        try:
            left = memoryview(piece)
            while left:  # a disk that becomes full takes a part first, without an error
                left = left[self._file.write(left) :]
        except OSError as error:
            self.remove()
            raise cannot_write(self.path, error) from error
        self._digest.update(piece)
        self.offset += len(piece)

    def finish(self) -> Path:
        """Close the file and return it, if its content is what was announced.

        Raises:
            RenderError: it is not, or the disk does not keep it. Nothing is left of the file.
        """
        if self._file is None:
            raise RenderError(f"{self.path} takes no more pieces")
        if self.offset != self._size or self._digest.hexdigest() != self._expected:
            self.remove()
            raise RenderError(
                f"{self.path}: {self.offset:,} of {self._size:,} bytes have arrived, and their SHA-256 is "
                f"{self._digest.hexdigest()} instead of {self._expected}; the file was changed on its way, or while it "
                "was read: send it again"
            )
        try:
            os.fsync(self._file.fileno())  # a full disk of another computer says so only here
            self._file.close()
        except OSError as error:
            self.remove()
            raise cannot_write(self.path, error) from error
        self._file = None
        return self.path

    def remove(self) -> None:
        """Remove what has arrived; after `finish` and a second time nothing happens."""
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):  # a full disk: what is buffered is lost on purpose
                file.close()
            with suppress(FileNotFoundError):  # its folder went first
                self.path.unlink()
