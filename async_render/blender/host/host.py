"""Blender as the host of the loop: its main loop where there is a window, `run_until_done` where there is none."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from math import inf
from time import perf_counter
from typing import Any, TypeVar

import bpy

from ...loop import PATIENCE, HostedLoop
from ...loop.workers import Workers, other_threads
from ..handler_lists import add_handler, add_timer, remove_handlers_of, remove_timer
from ..options import options
from ..quirks import module_exit as module_exit  # what it does at the end of the process
from ..quirks import sigint as sigint  # it has to find Blender's handler before ours replaces it
from ..quirks.draw_lock import let_write
from ..window.error_display import show_error
from .turn_errors import TurnErrors

T = TypeVar("T")

log = logging.getLogger("async_render")

NEVER = -1.0
"""A patience."""

REST = 0.02
"""Seconds between two ticks while Blender renders and the loop has nothing to do: a render that keeps all cores busy
waits for each of them."""

HEARTBEAT = 0.3
"""Seconds between two turns while nothing is pending. Other threads cannot wake Blender's main loop, and may be started
at any time: this is how long the first word of a new thread may wait. Such a turn costs 1 µs, and up to 30 µs on two
busy cores whose caches have forgotten it: less than 0.01 % of a core."""

MAIN_LOOP_SLEEP = 0.005
"""Seconds that Blender's main loop sleeps in a turn in which its window got no event: `wm_window_events_process` in
source/blender/windowmanager/intern/wm_window.cc."""


class BlenderHost:
    """Turns the loop, and calls what has to be called between two ticks.

    In the window one `bpy.app.timers` callback gives the loop a tick in every turn of Blender's main loop (about 195
    a second), as long as something is pending. There is no thread-safe way to wake the main loop, so an interval
    longer than 0 would only delay what other threads and sockets have to say; the turn itself costs 2–8 µs.
    When nothing is pending, and no other thread is there that may bring something, the timer is a slow heartbeat. Where
    threads may bring something, or the loop's next timer is close, and the main loop slept because its window had
    nothing to do, the tick itself waits a little.

    Blender drops a timer that raises, and then nobody would turn the loop any more. So whatever is raised in a turn is
    shown, and the timer goes on.

    Headless nobody turns a main loop: `run_until_done` lets the loop run as any asyncio loop does, and Blender's
    render handlers, which are called on the main thread there, give it ticks while Blender renders.
    """

    def __init__(self) -> None:
        self.loop = HostedLoop(self, options.tick_budget)
        self.loop.set_exception_handler(_show_exception)
        if os.environ.get("PYTHONASYNCIODEBUG"):  # asyncio does not look: Blender's Python ignores the environment
            self.loop.set_debug(True)
        self.render_lock = asyncio.Lock()
        """Held by the one render that Blender can do at a time; the others wait in order."""
        self.end_expected = inf
        """When the render may end, as `perf_counter` says: from then on no turn is missed."""
        self.workers = Workers()
        """The threads of `asyncio.to_thread`."""
        self.loop.set_default_executor(self.workers)
        self._calls: deque[Callable[[], None]] = deque()
        self._told: deque[Callable[[], object]] = deque()
        self._interruption: BaseException | None = None
        self._is_in_turn = False
        self._is_lent = False
        self._is_needed = True
        self._may_hear = False
        self._turn_ended = 0.0
        self._due = inf
        self._errors = TurnErrors()
        self.is_resting = False
        """Whether nothing is pending, and the timer is only a heartbeat."""
        self.ends_jobs = False
        """Whether Blender ends its jobs now, and waits for them: a file is loaded. Cleared in the next turn."""
        self.is_headless: bool = bpy.app.background
        """Whether Blender has no windows; may be asked on any thread, as `bpy` may not."""
        self._pipes_before = _ignore_broken_pipes()
        if not self.is_headless:
            self.attend()

    def attend(self) -> None:
        """From now on Blender's main loop turns the loop, until `close`."""
        self.loop.is_attended = True
        add_handler("load_pre", _before_load, until=self.loop)
        self.wake()

    def wake(self) -> None:
        """Begin to tick in Blender's main loop, in its next turn."""
        if not self.loop.is_attended or self.is_headless or self._is_in_turn:
            return
        if self.is_resting:  # the only way to have it sooner
            remove_timer(_turn)
        add_timer(_turn, 0.0)
        self.is_resting = False
        self._is_needed = True

    def lend(self) -> asyncio.AbstractEventLoop:
        """The loop, for others. From now on they are always listened to.

        A thread that C started, such as the render thread, on which Blender calls render handlers, comes unannounced.
        """
        self._is_lent = True
        self.wake()
        return self.loop

    def turn(self) -> float:
        """One turn: a tick, then the calls that were asked for. Answers what a timer has to return."""
        if self._is_in_turn:  # Blender's main loop turns within a turn: an operator that a coroutine calls does that
            return 0.0
        self.ends_jobs = False
        if self.is_resting:  # as little as possible: some times a second, as long as Blender is open
            self.is_resting = False  # also when asking raises
            if not (self._told or self.loop.has_news()):
                self.is_resting = True
                return HEARTBEAT
        self._is_in_turn = True
        try:
            delay = self._work()
        finally:
            self._is_in_turn = False
        was_needed = self._is_needed
        is_rendering = self.render_lock.locked()
        with self._errors:  # other people's threads have other people's names
            self._may_hear = not is_rendering and (self._is_lent or self.workers.busy > 0 or other_threads())
        self._is_needed = delay is not None or self._may_hear
        # One turn more than needed: after the tick a thread may have handed something over, and have ended.
        self.is_resting = not (self._is_needed or was_needed)
        self._turn_ended = perf_counter()
        self._due = self._turn_ended + (inf if delay is None else delay)
        if self.is_resting:
            self._errors.forget()
            return HEARTBEAT
        if is_rendering and self.loop.is_quiet and delay is not None and self._turn_ended < self.end_expected:
            return min(delay, REST)
        return 0.0

    def _work(self) -> float | None:
        """What a turn is for; None when nothing is pending afterwards."""
        errors = self._errors
        errors.begin_turn()
        with errors:
            let_write()
        while self._told:
            with errors:
                self._told.popleft()()
        delay: float | None = 0.0
        with errors:
            delay = self.loop.tick(self._patience())
        while self._calls:
            with errors:
                self._calls.popleft()()
            delay = 0.0
        return delay

    def _patience(self) -> float:
        """How long the tick may wait. While Blender renders, never: each turn would be longer by a fifth."""
        if self.render_lock.locked():
            return NEVER
        now = perf_counter()
        has_slept = now - self._turn_ended >= MAIN_LOOP_SLEEP
        is_due_soon = now < self._due <= now + PATIENCE
        return PATIENCE if has_slept and (self._may_hear or is_due_soon) else 0.0

    def call_in_next_turn(self, function: Callable[[], object]) -> None:
        """From the render thread or the main one: call `function` on the main one in the next turn, before its tick.

        For what fails never, while a task waits for its render. It does without `loop.call_soon_threadsafe`, whose
        socket one thread has to write to and the other to read.
        """
        if self.is_headless:
            self.loop.call_soon_threadsafe(function)
        else:
            self._told.append(function)

    async def next_turn(self) -> None:
        """Wait for the window's next turn, whenever it comes.

        A sleep may miss the turn that it is meant for: Blender does not sleep in one in which its window got an event,
        as at the end of a job, and draws after it: 28 ms in 5.2, 0.3 s in 4.3, with software OpenGL.
        """
        came = asyncio.Event()
        self.call_in_next_turn(came.set)
        await came.wait()

    def call_between_ticks(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call `function` on the main thread soon, in the caller's context, while no loop is running there.

        For what may turn Blender's main loop, or call handlers that give the loop a tick: a render without a window.

        Returns:
            A future with what it returned or raised; cancelled before, it is not called. Cancelled by what the function
            calls (another add-on's `load_pre` handler), it stays cancelled, and what the function raised is shown.
        """
        answer: asyncio.Future[T] = self.loop.create_future()
        context = copy_context()

        def call() -> None:
            if answer.done():
                return
            try:
                result = context.run(function)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the answer
                self._fail(answer, error)
            else:
                if not answer.done():
                    answer.set_result(result)

        self._calls.append(call)
        self.loop.stop()
        return answer

    def _fail(self, answer: asyncio.Future[Any], error: BaseException) -> None:
        if answer.done():  # nobody waits any more
            self.loop.call_exception_handler({"message": "it was cancelled while it ran", "exception": error})
        elif isinstance(error, StopIteration):  # no future takes it
            wrapped = RuntimeError(f"the function raised {error!r}")
            wrapped.__cause__ = error
            answer.set_exception(wrapped)
        else:
            answer.set_exception(error)

    def run_until_done(self, task: asyncio.Future[Any]) -> None:
        """Be the main loop until the task is done: sleep when there is nothing to do."""
        task.add_done_callback(lambda _: self.loop.stop())
        was_attended, self.loop.is_attended = self.loop.is_attended, True
        try:
            while not task.done():
                self.loop.run_forever()
                self.loop.ticked_at = self.loop.time()
                while self._calls:
                    self._calls.popleft()()
                if self._interruption is not None:
                    error, self._interruption = self._interruption, None
                    raise error
        finally:
            self.loop.is_attended = was_attended

    def interrupt(self, error: BaseException) -> None:
        """Let `run_until_done` raise what ends a process, when Blender has returned: a render in it ends at once.

        Blender would print a `KeyboardInterrupt` that leaves a handler or an engine, and end the process by a
        `SystemExit` in the middle of everything.
        """
        self._interruption = error
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    def stands_still(self) -> float:
        """Seconds since the main thread last turned the loop, for other threads. It may be at a long tick since."""
        is_asleep = self.is_headless and self.loop.is_turning
        return 0.0 if is_asleep else self.loop.time() - self.loop.ticked_at

    def close(self) -> None:
        """Close the loop, and leave neither timer nor handler; threads end with what they are at."""
        if self._pipes_before is not None:
            signal.signal(signal.SIGPIPE, self._pipes_before)
        self.workers.shutdown(wait=False, cancel_futures=True)
        self.loop.close()
        remove_handlers_of(self.loop)
        remove_timer(_turn)


_host: BlenderHost | None = None


def get_host() -> BlenderHost:
    """The host of this Blender; there is one, and add-ons share it.

    Raises:
        RuntimeError: there is none yet, and another thread asks.
    """
    global _host
    if _host is None:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                "Blender's event loop is closed, or was not made yet, and only the main thread can make it: "
                "enable the extension Async Render, or call ar.get_loop() on the main thread first"
            )
        _host = BlenderHost()
    return _host


def host_in_use() -> BlenderHost | None:
    """The host, when there is one already."""
    return _host


def forget_host() -> None:
    """From now on there is none; the next `get_host` makes a new one."""
    global _host
    _host = None


def _turn() -> float | None:
    # A module's function and never a bound method: Blender knows a timer by the callable's address.
    try:
        return None if _host is None else _host.turn()
    except BaseException as error:  # noqa: BLE001 - Blender drops a timer that raises
        try:
            log.critical("a turn of the loop failed: %r", error, exc_info=error)
        except BaseException:  # noqa: BLE001 - not even the log can be told
            return 0.0
        return 0.0


def _end_jobs(*_: object) -> None:
    """Blender ends its jobs after this, and waits for their threads: `wm_file_read_pre` calls `load_pre` first (source/
    blender/windowmanager/intern/wm_files.cc, 4.2 to 5.2)."""
    if _host is not None:
        _host.ends_jobs = True


_before_load: Any = bpy.app.handlers.persistent(_end_jobs)


def _ignore_broken_pipes() -> signal.Handlers | None:
    """Let a write to a connection that the other side has closed be an error, as everywhere in Python.

    Blender 4.3 starts its Python without that: the signal ends Blender. (5.2 ignores it; Windows does not know it.)

    Returns:
        What to set again at the end; None: nothing was changed.
    """
    if sys.platform == "win32" or signal.getsignal(signal.SIGPIPE) != signal.SIG_DFL:
        return None
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return signal.SIG_DFL


def _show_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None:
        loop.default_exception_handler(context)
    elif isinstance(error, SystemExit | KeyboardInterrupt) and _host is not None and _host.is_headless:
        _host.interrupt(error)
    else:
        show_error(error)
