"""Lines of scripts that block the window, noticed: which line, and for how long."""

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from time import perf_counter
from types import FrameType

from ..loop.hosted import HostedLoop
from .compiled import Script
from .own_lines import is_users

POLL_INTERVAL = 0.25
"""Seconds until the watch polls the main thread again. A poll costs 2 µs."""

LIMIT = 1.0
"""Seconds in one step of a coroutine from which on its line is reported: the user sees that the window stands still."""

FIRST_WARNING = 10.0
"""Seconds in one line from which on the terminal names the line while the line goes on. An endless loop never ends, and
its report at the end would never come. Shorter waits are usual, and are reported at their end."""

NEXT_WARNING = 6
"""Factor from the seconds of one warning to those of the next: 10 s, 1 min, 6 min, 36 min."""


@dataclass(frozen=True)
class Stall:
    """A line that blocked the loop, and with it the window.

    Attributes:
        file: the script's file name.
        line: the line's number.
        source: the line.
        seconds: how long the main thread was seen in this line.
    """

    file: str
    line: int
    source: str
    seconds: float


class StallWatch:
    """A thread that polls whether the main thread is still in the same step of a script.

    A step is a tick of the loop, or what a text does before its first task. The thread runs while something is watched.
    Call `watch` and `watching` on the main thread.

    Args:
        loop: the loop.
        report: called in the loop with the stall, when the main thread is free again.
        warn: called on the watch's thread while the main thread is still in the line, rarely.
    """

    def __init__(self, loop: HostedLoop, report: Callable[[Stall], None], warn: Callable[[Stall], None]) -> None:
        self.loop = loop
        self._report = report
        self._warn = warn
        self._main_thread = threading.get_ident()
        self._watched: set[object] = set()
        self._is_over: threading.Event | None = None

    def watch(self, task: "asyncio.Task[object]") -> None:
        """Watch the main thread until the task is done."""
        self._begin(task)
        task.add_done_callback(self._end)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the main thread inside the `with` block."""
        key = object()
        self._begin(key)
        try:
            yield
        finally:
            self._end(key)

    def _begin(self, key: object) -> None:
        self._watched.add(key)
        if self._is_over is None:
            self._is_over = threading.Event()
            threading.Thread(target=self._poll, args=(self._is_over,), name="async_render stalls", daemon=True).start()

    def _end(self, key: object) -> None:
        self._watched.discard(key)
        if not self._watched and self._is_over is not None:
            self._is_over.set()
            self._is_over = None

    def _poll(self, is_over: threading.Event) -> None:
        """Poll the main thread until `is_over` is set. Report a step that took too long when it has ended."""
        step: FrameType | None = None
        began, warns_at = 0.0, FIRST_WARNING
        stall: Stall | None = None
        ended = False
        while not ended:
            ended = is_over.wait(POLL_INTERVAL) or self.loop.is_closed()
            frame = sys._current_frames().get(self._main_thread)
            current = _step_of(frame)
            if current is None or current is not step:
                if stall is not None and stall.seconds >= LIMIT and not self.loop.is_closed():
                    self.loop.call_soon_threadsafe(self._report, stall)
                step, began, warns_at, stall = current, perf_counter(), FIRST_WARNING, None
            elif frame is not None:
                stall = _own_line(frame, current, perf_counter() - began + POLL_INTERVAL / 2) or stall
                if stall is not None and stall.seconds >= warns_at:
                    warns_at *= NEXT_WARNING
                    self._warn(stall)
            del frame, current


_STEPS = (HostedLoop.run_slice.__code__, Script.start.__code__)
"""The functions that call all code of scripts on the main thread. Each call has a frame of its own."""


def _step_of(frame: FrameType | None) -> FrameType | None:
    """Return the step that a thread is in, as its frame; None: it is in no step."""
    while frame is not None and frame.f_code not in _STEPS:
        frame = frame.f_back
    return frame


def _own_line(frame: FrameType, step: FrameType, seconds: float) -> Stall | None:
    """Return the innermost line of the user's within the step: not of Python, of this package, or of Blender's call of
    an operator. Who has called the step does not block: it may be a line of the user's, too."""
    within = takewhile(lambda place: place[0] is not step, traceback.walk_stack(frame))
    for place in traceback.StackSummary.extract(within):
        if is_users(place.filename):
            return Stall(place.filename, place.lineno or 0, place.line or "", seconds)
    return None
