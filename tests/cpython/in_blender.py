"""Runs CPython's own asyncio tests inside Blender's window: Blender's main loop gives all ticks.

A test is written for a thread that may block in `run_until_complete`. Blender's main thread may not, or it would turn
nothing. So the tests run in a thread, which waits in `run_forever` while a timer of Blender ticks the loop on the main
thread. Every callback and coroutine runs there, between Blender's own work.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TextIO, TypeVar

import bpy

from .suite import TickedLoop, run, use_loops

T = TypeVar("T")

LIMIT = 60.0
"""Seconds that a loop may run, and no test needs."""

FILES = ("events", "sock_lowlevel", "subprocess", "sendfile", "server")
"""Those with what every loop has to do: the mixins for events and subprocesses, for sockets, files and servers."""

_running: deque[Callable[[], bool]] = deque()
"""What has to be called in every turn of Blender's main loop, until it answers that it is done."""

turns = 0
"""How often Blender's main loop has turned while a loop ran."""


def turn() -> float:
    """A turn of Blender's main loop."""
    global turns
    turns += bool(_running)
    for _ in range(len(_running)):
        step = _running.popleft()
        if not step():
            _running.append(step)
    return 0.0


class WindowLoop(TickedLoop):
    """A hosted loop that Blender ticks while a thread waits in `run_forever`."""

    def tick_until_stopped(self) -> None:
        """Let Blender be the host."""
        if _is_main_thread():
            return super().tick_until_stopped()  # a test runs a loop inside a coroutine, which is an error
        ended: Future[None] = Future()

        def step() -> bool:
            try:
                _, is_stopped = self.tick_once()
            except BaseException as error:  # noqa: BLE001 - the test's thread has to get it
                ended.set_exception(error)
                return True
            if is_stopped:
                ended.set_result(None)
            return is_stopped

        _running.append(step)
        return ended.result(LIMIT)

    def add_signal_handler(self, *arguments: Any) -> None:  # type: ignore[override]
        """On the main thread: no other may."""
        _in_main_thread(lambda: super(WindowLoop, self).add_signal_handler(*arguments))

    def remove_signal_handler(self, sig: int) -> bool:
        """On the main thread: no other may."""
        return _in_main_thread(lambda: super(WindowLoop, self).remove_signal_handler(sig))


def _in_main_thread(function: Callable[[], T]) -> T:
    if _is_main_thread():
        return function()
    answer: Future[T] = Future()

    def step() -> bool:
        try:
            answer.set_result(function())
        except BaseException as error:  # noqa: BLE001 - the test's thread has to get it
            answer.set_exception(error)
        return True

    _running.append(step)
    return answer.result(LIMIT)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def start(log: TextIO) -> Future[dict[str, dict[str, Any]]]:
    """Begin.

    Returns:
        What came out of each of `FILES`.
    """
    use_loops(WindowLoop)
    set_signal = signal.signal
    signal.signal = lambda *arguments: _in_main_thread(lambda: set_signal(*arguments))  # no other thread may
    bpy.app.timers.register(turn, first_interval=0.0, persistent=True)
    ended: Future[dict[str, dict[str, Any]]] = Future()
    gc.freeze()  # each test collects garbage three times, and would look through all that Blender has loaded

    def run_all() -> None:
        try:
            ended.set_result({name: run(f"test_{name}.py", [], stream=log, verbosity=2) for name in FILES})
        except BaseException as error:  # noqa: BLE001 - whoever waits has to get it
            ended.set_exception(error)
        finally:
            gc.unfreeze()

    threading.Thread(target=run_all, name="CPython's tests", daemon=True).start()
    return ended
