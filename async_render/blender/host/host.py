"""Blender as the host of the loop: its main loop where there is a window, `run_until_done` where there is none."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

import bpy

from ...loop import HostedLoop
from ...loop.workers import Workers, other_threads
from ...script.forgotten import forgotten_awaits
from ..handler_lists import add_handler, add_timer, remove_handlers_of, remove_timer
from ..options import options
from ..quirks import draw_lock, sigpipe
from ..quirks import module_exit as module_exit  # what it does at the end of the process
from ..quirks import sigint as sigint  # it has to find Blender's handler before ours replaces it
from ..quirks.lasting_timer import lasting
from ..window.error_display import show_error
from .calls import Calls, call_all
from .pace import HEARTBEAT, Pace
from .turn_errors import TurnErrors

T = TypeVar("T")

log = logging.getLogger("async_render")


class BlenderHost:
    """The host of the loop: ticks the loop in Blender's main loop, and calls functions before a tick or between ticks.

    In the window one `bpy.app.timers` function calls `turn`, and answers Blender in how many seconds to call it again.
    No thread can wake the main loop, so a longer interval would only delay what other threads and sockets bring. The
    turn itself costs 2 to 8 µs, about 195 times a second.

    =========  ==========================================  =====================  ====================================
    state      entered when                                the turn answers       left when
    =========  ==========================================  =====================  ====================================
    awake      the loop has work, or a thread may bring    0: the next main-loop  two turns found neither
               some                                        turn
    rendering  Blender renders, and a tick found no work   the loop's next        the loop has work, or the render's end
                                                           timer, at most `REST`  is expected
    resting    nothing is pending, no thread may bring     `HEARTBEAT`            `wake`, or a heartbeat finds work
               work
    nested     Blender's main loop turns within a turn,    0, and does nothing    that operator returns
               for an operator that a coroutine calls
    closed     `close`                                     no timer is left       never
    =========  ==========================================  =====================  ====================================

    `Pace` decides among the first three. In all of them the timer stays registered. The timer is persistent, so
    that it survives the loading of a file, and always answers a number. Blender drops a timer that raises, and then
    nobody would turn the loop any more. So `TurnErrors` shows whatever a turn raises, and the turn goes on. `lasting`
    catches what is raised before the turn begins, as by Ctrl-C in the terminal.

    Without a window nobody turns a main loop, and there is no timer. `run_until_done` lets the loop run as any asyncio
    loop does. Blender's render handlers, which are called on the main thread there, tick the loop while Blender
    renders.

    Attributes:
        loop: the loop.
        workers: the threads of `asyncio.to_thread`.
        render_lock: held by the one render that Blender can do at a time; the others wait in order.
        is_headless: whether Blender has no windows. Other threads ask here: they may not ask `bpy`.
        is_opening_file: whether Blender opens a file. Blender ends its jobs first, and waits for their threads. Cleared
            in the next turn.
        pace: when the next turn comes.
    """

    def __init__(self) -> None:
        self.loop = HostedLoop(self, options.tick_budget)
        self.loop.set_exception_handler(_show_exception)
        if os.environ.get("PYTHONASYNCIODEBUG"):  # asyncio does not see it: Blender's Python ignores the environment
            self.loop.set_debug(True)
        self.workers = Workers()
        self.loop.set_default_executor(self.workers)
        self.render_lock = asyncio.Lock()
        self.is_headless: bool = bpy.app.background
        self.is_opening_file = False
        self.pace = Pace()
        self._calls = Calls()
        self._errors = TurnErrors()
        self._is_in_turn = False
        self._interruption: BaseException | None = None
        self._is_running_loop = False
        sigpipe.ignore()
        if not self.is_headless:
            self.attend()

    @property
    def is_resting(self) -> bool:
        """Whether nothing is pending, and the timer is only a heartbeat."""
        return self.pace.is_resting

    @property
    def is_turning_loop(self) -> bool:
        """Whether the host itself turns the loop right now, by a tick or by `run_until_stopped`."""
        return self.loop.is_in_tick or self._is_running_loop

    def attend(self) -> None:
        """Let Blender's main loop turn the loop from now on, until `close`."""
        self.loop.is_attended = True
        add_handler("load_pre", _before_load, until=self.loop)
        self.wake()

    def wake(self) -> None:
        """Begin to tick in Blender's next main-loop turn."""
        if not self.loop.is_attended or self.is_headless or self._is_in_turn:
            return
        if self.pace.is_resting:  # only a new timer comes sooner than the heartbeat
            remove_timer(_turn)
        add_timer(_turn, 0.0)
        self.pace.resume()

    def lend(self) -> asyncio.AbstractEventLoop:
        """Return the loop, for other threads. From now on the host does not rest, see `Pace.is_lent`."""
        self.pace.is_lent = True
        self.wake()
        return self.loop

    def turn(self) -> float:
        """Tick the loop, then call what was asked for. Return the seconds after which the next turn is due."""
        if self._is_in_turn:
            return 0.0
        self.is_opening_file = False
        pace = self.pace
        if pace.is_resting:  # as little as possible: some times a second, as long as Blender is open
            pace.is_resting = False  # also when asking raises
            if not (self._calls.before_tick or self.loop.has_events()):
                pace.is_resting = True
                return HEARTBEAT
        self._is_in_turn = True
        try:
            delay = self._work()
        finally:
            self._is_in_turn = False
        is_rendering = self.render_lock.locked()
        with self._errors:  # other people's threads have other people's names
            pace.may_receive = not is_rendering and (pace.is_lent or self.workers.busy > 0 or other_threads())
        answer = pace.end_turn(delay, is_rendering, self.loop.is_quiet)
        if pace.is_resting:
            self._errors.forget()
        return answer

    def _work(self) -> float | None:
        """Do the work of a turn. Return the seconds until the loop has something to do; None: nothing is pending."""
        errors, calls = self._errors, self._calls
        errors.begin_turn()
        with errors:
            draw_lock.allow_writes()
        if calls.before_tick:
            with errors:
                call_all(calls.before_tick, errors)
        delay: float | None = 0.0
        with errors:
            delay = self.loop.tick(self.pace.patience(self.render_lock.locked()))
        if calls.between_ticks:
            delay = 0.0
            with errors:
                call_all(calls.between_ticks, errors)
        return delay

    def call_in_next_turn(self, function: Callable[[], object]) -> None:
        """Call `function` on the main thread in the next turn, before its tick. The render thread may call this.

        For functions that do not fail, while a task waits for its render. `loop.call_soon_threadsafe` would cost more:
        one thread writes to a socket, and the other reads it.
        """
        if self.is_headless:
            self.loop.call_soon_threadsafe(function)
        else:
            self._calls.before_tick.append(function)

    async def next_turn(self) -> None:
        """Wait for the next main-loop turn, whenever it comes.

        A sleep may miss that turn. Blender does not sleep in a turn in which its window got an event, as at the end of
        a job. Then Blender draws: for 28 ms in 5.2, and 0.3 s in 4.3, with software OpenGL.
        """
        came = asyncio.Event()
        self.call_in_next_turn(came.set)
        await came.wait()

    def call_between_ticks(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call `function` on the main thread soon, in the caller's context, while no loop is running there.

        For a function that may turn Blender's main loop, or call handlers that tick the loop, as a render without a
        window does.
        See `Calls.add_between_ticks` for the future that is returned.
        """
        answer = self._calls.add_between_ticks(self.loop, function)
        self.loop.stop()
        return answer

    def run_until_done(self, task: asyncio.Future[Any]) -> None:
        """Run the loop until the task is done, as any asyncio loop: it sleeps when there is nothing to do."""
        task.add_done_callback(lambda _: self.loop.stop())
        was_attended, self.loop.is_attended = self.loop.is_attended, True
        try:
            while not task.done():
                self.run_until_stopped()
                self.loop.ticked_at = self.loop.time()
                call_all(self._calls.between_ticks, nullcontext())
                if self._interruption is not None:
                    error, self._interruption = self._interruption, None
                    raise error
        finally:
            self.loop.is_attended = was_attended

    def run_until_stopped(self) -> None:
        """Run the loop without a window until the loop is stopped: for a script, and while an engine is in a frame."""
        self._is_running_loop = True
        try:
            self.loop.run_forever()
        finally:
            self._is_running_loop = False

    def interrupt(self, error: BaseException) -> None:
        """Stop the render that runs, and let `run_until_done` raise the error when Blender has returned.

        For `KeyboardInterrupt` and `SystemExit` that have left a handler or an engine. Blender itself would print the
        first, and the second would end the process in the middle of everything.
        """
        self._interruption = error
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    def stands_still(self) -> float:
        """Return the seconds since the main thread last turned the loop, or began a long tick. For other threads."""
        is_asleep = self.is_headless and self.loop.is_turning
        return 0.0 if is_asleep else self.loop.time() - self.loop.ticked_at

    def close(self) -> None:
        """Close the loop, and leave neither timer nor handler. Worker threads end after their current function."""
        self.workers.shutdown(wait=False, cancel_futures=True)
        self.loop.close()
        sigpipe.restore()  # not before: another thread may wake the loop while its pipe is closed
        forgotten_awaits.end_all()
        remove_handlers_of(self.loop)
        remove_timer(_turn)
        draw_lock.unregister()


_host: BlenderHost | None = None


def get_host() -> BlenderHost:
    """Return the host of this Blender: there is one, and all add-ons share it.

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
    """Return the host; None: there is none yet."""
    return _host


def forget_host() -> None:
    """Forget the host; the next `get_host` makes a new one."""
    global _host
    _host = None


def _call_turn() -> float | None:
    """Call the host's turn, for Blender's timer. Never raise."""
    try:
        return None if _host is None else _host.turn()
    except BaseException as error:  # noqa: BLE001 - Blender drops a timer that raises
        try:
            log.critical("a turn of the loop failed: %r", error, exc_info=error)
        except BaseException:  # noqa: BLE001 - not even the log works
            return 0.0
        return 0.0


_turn = lasting(_call_turn)
"""Blender's timer: one object for good, since Blender finds a timer by the address of the callable."""


def _note_opening(*_: object) -> None:
    """Note that Blender opens a file: after `load_pre` it ends its jobs, and waits for their threads.

    `wm_file_read_pre` in source/blender/windowmanager/intern/wm_files.cc, 4.2 to 5.2.
    """
    if _host is not None:
        _host.is_opening_file = True


_before_load: Any = bpy.app.handlers.persistent(_note_opening)


def _show_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None:
        loop.default_exception_handler(context)
    elif isinstance(error, SystemExit | KeyboardInterrupt) and _host is not None and _host.is_headless:
        _host.interrupt(error)
    else:
        show_error(error)
