"""`sys.stdout` and `sys.stderr` while scripts run: what a script prints is kept for it, and goes where it would go.

The streams are replaced only while a script or a line of a console runs. What others print passes through untouched,
and so does what a thread prints that the script has started by `threading`: the thread has no context of the script.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TextIO

from ..render.activity import printing_script

Stream = Literal["OUTPUT", "ERROR"]

Printed = tuple[Stream, str]

Write = Callable[[Printed], None]

write_to_console: ContextVar[Write | None] = ContextVar("async_render_console", default=None)
"""Where printed text goes in place of the terminal. Tasks that a line of a console starts inherit this variable, and
threads of `asyncio.to_thread`."""


class ContextStream:
    """A stream in place of `sys.stdout` or `sys.stderr`, which knows whose code prints.

    Args:
        below: the stream that was there before; None: there was none, as in a Windows program without a terminal.
        stream: which of the two it is.
    """

    def __init__(self, below: TextIO | None, stream: Stream) -> None:
        self._below = below
        self._stream: Stream = stream

    def write(self, text: str) -> int:
        """Keep the text for the script that prints. Write it to its console, or else to the stream below."""
        script = printing_script()
        if script is not None:
            script.printed.write(text)
        write = write_to_console.get()
        if write is not None:
            write((self._stream, text))
        elif self._below is not None:
            return self._below.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        if self._below is not None:
            self._below.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)


class ContextStreams:
    """The pair of `ContextStream` that is `sys.stdout` and `sys.stderr` while somebody needs it."""

    def __init__(self) -> None:
        self._users: set[Hashable] = set()
        self._installed: list[tuple[str, Any, ContextStream]] = []

    def install(self, user: Hashable = None) -> None:
        """Replace both streams for a user, where they are not replaced yet.

        Somebody else may have put a stream of his own on top of ours: Blender's console does so for each line. Then a
        second one of ours stands on top of his.
        """
        self._users.add(user)
        both: tuple[tuple[str, Stream], ...] = (("stdout", "OUTPUT"), ("stderr", "ERROR"))
        for name, stream in both:
            below: Any = getattr(sys, name)
            if not isinstance(below, ContextStream):
                above = ContextStream(below, stream)
                self._installed.append((name, below, above))
                setattr(sys, name, above)

    def remove(self, user: Hashable = None) -> None:
        """Restore the streams from before, after the last user. A stream that somebody else has put there stays."""
        self._users.discard(user)
        if self._users:
            return
        for name, below, above in reversed(self._installed):
            if getattr(sys, name) is above:
                setattr(sys, name, below)
        self._installed.clear()

    def remove_all(self) -> None:
        """Restore the streams, whoever still uses them."""
        self._users.clear()
        self.remove()

    @contextmanager
    def installed(self, user: Hashable) -> Iterator[None]:
        """Replace the streams inside the `with` block."""
        self.install(user)
        try:
            yield
        finally:
            self.remove(user)


streams = ContextStreams()
"""The streams of this Python."""
