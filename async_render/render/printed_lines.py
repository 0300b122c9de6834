"""The last lines that a script has printed."""

from __future__ import annotations

from collections import deque
from threading import RLock

LINES = 1000
"""Lines that are kept, at most."""

CHARACTERS = 200_000
"""Characters that are kept, at most: twenty scripts that have ended take four megabytes."""

LONGEST_LINE = 10_000
"""Characters of a line, at most. A longer line is continued on the next one, so that a text without line ends is
bounded, too."""


class PrintedLines:
    """The last lines of a text that comes in pieces. Any thread may write."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._rest = ""
        self._characters = 0
        self._lock = RLock()  # a finalizer may print while the same thread is writing
        self.dropped = 0
        """Number of earlier lines that are not kept."""

    def __bool__(self) -> bool:
        return bool(self._lines or self._rest)

    def write(self, text: str) -> None:
        """Add a piece of text, which may have any number of line ends."""
        with self._lock:
            *lines, rest = text.split("\n")
            if lines:
                lines[0] = self._rest + lines[0]
                self._rest = rest
            else:
                self._rest += rest
            for line in lines:
                self._add(line)
            if len(self._rest) > LONGEST_LINE:
                line, self._rest = self._rest, ""
                self._add(line)

    def _add(self, line: str) -> None:
        """Add a whole line, and drop the oldest lines that are too many."""
        pieces = [line[begin : begin + LONGEST_LINE] for begin in range(0, len(line), LONGEST_LINE)] or [""]
        self._lines.extend(pieces)
        self._characters += len(line)
        while len(self._lines) > LINES or self._characters > CHARACTERS:
            self._characters -= len(self._lines.popleft())
            self.dropped += 1

    def text(self) -> str:
        """Return the lines, each with its line end."""
        with self._lock:
            lines = [*self._lines, self._rest] if self._rest else self._lines
            return "".join(f"{line}\n" for line in lines)
