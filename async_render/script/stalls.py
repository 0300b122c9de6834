"""Noticing code that blocks: which line it was, and for how long."""

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import FrameType

from ..loop.hosted import HostedLoop

INTERVAL = 0.25
"""Seconds between two looks at the main thread, 2 µs each."""

LIMIT = 1.0
"""Seconds in one step of a coroutine that are worth a word."""

_PACKAGE = str(Path(__file__).parents[1])
_STDLIB = str(Path(asyncio.__file__).parents[1])

_OPERATOR_CALL = str(Path("scripts", "modules", "bpy", "ops.py"))
"""Before Blender 5.1 `bpy.ops.x()` is a function written in Python, in this file."""


@dataclass(frozen=True)
class Stall:
    """A line that kept the loop, and with it the window, from going on.

    Attributes:
        file: the script's file name.
        line: the line's number.
        source: the line.
        seconds: how long it was seen there.
    """

    file: str
    line: int
    source: str
    seconds: float


class StallWatch:
    """Looks now and then, from a thread of its own, whether the main thread is still in the same tick of the loop.

    The thread lives while tasks are watched. Call `watch` on the main thread.

    Args:
        loop: the loop.
        report: called in the loop with what was seen, when the main thread is free again.
    """

    def __init__(self, loop: HostedLoop, report: Callable[[Stall], None]) -> None:
        self.loop = loop
        self._report = report
        self._main_thread = threading.get_ident()
        self._watched: set[asyncio.Task[object]] = set()
        self._is_over: threading.Event | None = None

    def watch(self, task: "asyncio.Task[object]") -> None:
        """Look as long as the task is not done."""
        self._watched.add(task)
        task.add_done_callback(self._unwatch)
        if self._is_over is None:
            self._is_over = threading.Event()
            threading.Thread(target=self._look, args=(self._is_over,), name="async_render stalls", daemon=True).start()

    def _unwatch(self, task: "asyncio.Task[object]") -> None:
        self._watched.discard(task)
        if not self._watched and self._is_over is not None:
            self._is_over.set()
            self._is_over = None

    def _look(self, is_over: threading.Event) -> None:
        tick: FrameType | None = None
        began = 0.0
        stall: Stall | None = None
        ended = False
        while not ended:
            ended = is_over.wait(INTERVAL) or self.loop.is_closed()
            frame = sys._current_frames().get(self._main_thread)
            current = _tick_of(frame)
            if current is None or current is not tick:
                if stall is not None and stall.seconds >= LIMIT and not self.loop.is_closed():
                    self.loop.call_soon_threadsafe(self._report, stall)
                tick, began, stall = current, perf_counter(), None
            elif frame is not None:
                stall = _own_line(frame, perf_counter() - began + INTERVAL / 2) or stall
            del frame, current


def _tick_of(frame: FrameType | None) -> FrameType | None:
    """The tick that a thread is in: its frame is another one each time."""
    while frame is not None and frame.f_code is not HostedLoop.run_slice.__code__:
        frame = frame.f_back
    return frame


def _own_line(frame: FrameType, seconds: float) -> Stall | None:
    """The innermost line that is neither Python's nor ours, nor Blender's call of an operator."""
    for place in reversed(traceback.extract_stack(frame)):
        is_own = not place.filename.startswith((_PACKAGE, _STDLIB, "<frozen"))
        if is_own and not place.filename.endswith(_OPERATOR_CALL):
            return Stall(place.filename, place.lineno or 0, place.line or "", seconds)
    return None
