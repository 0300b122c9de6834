"""What a script prints goes into the report; what Blender itself prints goes into a log."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from .reports import Report

LONGEST_LINE = 100_000
"""Characters of a line that are kept until the line ends."""


class Printed(io.TextIOBase):
    """A stream that reports each line.

    Args:
        report: the report.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._begun = ""

    def writable(self) -> bool:
        """Return that the stream takes text."""
        return True

    def write(self, text: str) -> int:
        """Report the lines that are complete now, and keep the rest."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._report.event("printed", text=line)
        if len(self._begun) > LONGEST_LINE:
            self.end_line()
        return len(text)

    def end_line(self) -> None:
        """Report what is left of the last line."""
        if self._begun:
            line, self._begun = self._begun, ""
            self._report.event("printed", text=line)


def private_output() -> IO[str]:
    """Return a stream of its own to where standard output goes now, for the report."""
    sys.stdout.flush()
    return os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")


@contextmanager
def printed_by(report: Report) -> Iterator[None]:
    """Report what Python prints inside the `with` block. Lines of Blender's own go to a file without a name.

    Blender writes `Saved: …` for each frame to standard output: among them nobody finds the script's lines, and no
    program could read JSON there.

    Args:
        report: a report that writes to a stream of its own.
    """
    sys.stdout.flush()
    printed, before, kept = Printed(report), sys.stdout, os.dup(1)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        sys.stdout = printed
        try:
            yield
        finally:
            printed.end_line()
            sys.stdout = before
            os.dup2(kept, 1)
            os.close(kept)
