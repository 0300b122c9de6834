"""Blender as the host of the loop: its main loop where there is a window, `run_until_done` where there is none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import bpy

from ..loop import HostedLoop

T = TypeVar("T")


class BlenderHost:
    """Turns the loop, and calls what has to be called between two ticks.

    In the window one `bpy.app.timers` callback gives the loop a tick in every turn of Blender's main loop (about 195
    a second), as long as something is pending. There is no thread-safe way to wake the main loop, so an interval
    longer than 0 would only delay what other threads and sockets have to say; the turn itself costs 2–8 µs.

    Headless nobody turns a main loop: `run_until_done` lets the loop run as any asyncio loop does, and Blender's
    render handlers, which are called on the main thread there, give it ticks while Blender renders.
    """

    def __init__(self) -> None:
        self.loop = HostedLoop(self)
        self.render_lock = asyncio.Lock()
        """Held by the one render that Blender can do at a time; the others wait in order."""
        self._calls: deque[Callable[[], None]] = deque()

    def wake(self) -> None:
        """Begin to tick in Blender's main loop."""
        if not bpy.app.background and not bpy.app.timers.is_registered(_turn):
            # persistent: other timers die when a file is loaded.
            bpy.app.timers.register(_turn, first_interval=0.0, persistent=True)

    def turn(self) -> float | None:
        """One turn: a tick, then the calls that were asked for. Answers what a timer has to return."""
        delay = self.loop.tick()
        while self._calls:
            self._calls.popleft()()
            delay = 0.0
        return None if delay is None else 0.0

    def call_between_ticks(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call `function` on the main thread soon, while no loop is running there.

        For what may turn Blender's main loop, or call handlers that give the loop a tick: a render without a window.

        Returns:
            A future with what it returned or raised; cancelled before, it is not called.
        """
        answer: asyncio.Future[T] = self.loop.create_future()

        def call() -> None:
            if answer.cancelled():
                return
            try:
                answer.set_result(function())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the answer
                answer.set_exception(error)

        self._calls.append(call)
        self.loop.stop()
        return answer

    def run_until_done(self, task: asyncio.Task[Any]) -> None:
        """Be the main loop until the task is done: sleep when there is nothing to do."""
        task.add_done_callback(lambda _: self.loop.stop())
        while not task.done():
            self.loop.run_forever()
            while self._calls:
                self._calls.popleft()()


_host: BlenderHost | None = None


def get_host() -> BlenderHost:
    """The host of this Blender; there is one, and add-ons share it."""
    global _host
    if _host is None:
        _host = BlenderHost()
    return _host


def _turn() -> float | None:
    # A module's function and never a bound method: Blender knows a timer by the callable's address.
    return get_host().turn()
