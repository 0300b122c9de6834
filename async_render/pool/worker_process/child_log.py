"""The log of a worker: what its Blender prints, in a file that does not grow without bounds."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ...render.errors import printable

log = logging.getLogger("async_render")

FILE_LIMIT = 8 << 20
"""Bytes of the file. A full file becomes `….log.1`, and the one before it goes, so a worker's log has twice as much."""

LINES_KEPT = 50
"""Number of last lines that errors quote from."""

LONGEST_LINE = 500
"""Bytes of a line that are kept for errors."""


END_SHOWN = 32 << 10
"""Bytes of the end of a worker's log that the user is shown."""


def ends_of(files: Iterable[Path]) -> str:
    """Return the ends of logs, each below its name and without control characters. A log that is missing is left out.

    The process of a log may be dead.
    """
    return "\n".join(filter(None, map(_end_of, files)))


def _end_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(size - END_SHOWN, 0))
            data = opened.read(END_SHOWN)
    except OSError:  # its worker has not started yet, or the pool is closed
        return ""
    lines = data.decode(errors="replace").splitlines()
    if size > END_SHOWN:
        lines[:1] = [f"… the earlier lines are in {file}"]
    return "\n".join([f"{file.stem}:", *map(printable, lines), ""])


class ChildLog:
    """The log of one worker. A thread writes, others may read the last lines.

    Attributes:
        file: the file; the one before it is beside it, with `.1` at the end.
    """

    def __init__(self, file: Path) -> None:
        """Open the file. What an earlier process of the worker has printed stays before.

        A file that cannot be opened is missing, and ends no worker.
        """
        self.file = file
        self._opened: IO[bytes] | None = None
        self._size = 0
        self._lock = threading.Lock()
        self._lines: deque[bytes] = deque(maxlen=LINES_KEPT)
        self._rest = b""
        try:
            self._opened = file.open("ab", buffering=0)
            self._size = self._opened.tell()
        except OSError as error:
            log.warning("the log %s cannot be written: %s", file, error.strerror or error)

    def write(self, data: bytes) -> None:
        """Append bytes. A disk that is full ends the file, and never the worker."""
        with self._lock:
            self._keep_lines(data)
            if self._opened is None:
                return
            try:
                if self._size + len(data) > FILE_LIMIT:
                    self._opened = self._rotated(self._opened)
                self._opened.write(data)
            except OSError as error:
                self._end_file()
                log.warning("the log %s cannot be written any more: %s", self.file, error)
            self._size += len(data)

    def last_lines(self, count: int = 10) -> tuple[str, ...]:
        """Return the last lines that are not empty, without control characters."""
        with self._lock:
            lines = [*self._lines, self._rest[:LONGEST_LINE]]
        texts = [printable(line.decode(errors="replace").rstrip()) for line in lines]
        return tuple([text for text in texts if text][-count:])

    def close(self) -> None:
        """Close the file; the last lines stay readable."""
        with self._lock:
            self._end_file()

    def _end_file(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _keep_lines(self, data: bytes) -> None:
        *whole, rest = data.rsplit(b"\n", LINES_KEPT)
        if whole:
            first, *others = whole
            lines = (self._rest + first).rsplit(b"\n", 1)[-1:] + others
            self._lines.extend(line[:LONGEST_LINE] for line in lines)
            self._rest = b""
        self._rest = (self._rest + rest)[:LONGEST_LINE]

    def _rotated(self, opened: IO[bytes]) -> IO[bytes]:
        opened.close()
        self.file.replace(self.file.with_name(f"{self.file.name}.1"))
        self._size = 0
        return self.file.open("wb", buffering=0)
