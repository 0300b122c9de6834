"""The event loop that a host turns."""

import asyncio
import sys
import threading
import weakref
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import Any, Protocol

if sys.platform == "win32":
    from asyncio import ProactorEventLoop as PlatformLoop

    from .ticks import TickProactor as PlatformTicks
else:
    from asyncio import SelectorEventLoop as PlatformLoop

    from .ticks import TickSelector as PlatformTicks

TICK_BUDGET = 0.004
"""Seconds of work in a tick, at most: a quarter of a frame at 60 Hz, so that the window stays fluid."""

SLOW_CALLBACK = 1 / 60
"""Seconds from which on asyncio's debug mode reports a callback as slow: the window misses a frame. asyncio has 0.1."""


_NOT_FOR_OTHER_THREADS = (asyncio.BaseEventLoop.call_soon.__code__, asyncio.BaseEventLoop.call_at.__code__)
"""The methods that only the thread which turns the loop may call."""


class Host(Protocol):
    """The program that turns the loop. After `wake` it calls `HostedLoop.tick` until a tick returns None."""

    def wake(self) -> None:
        """Begin to tick, soon and on the loop's own thread. Do nothing if the host ticks already."""


class HostedLoop(PlatformLoop):
    """A complete asyncio loop that runs in slices, inside a program with a main loop of its own.

    Between two ticks no loop is running in the thread that ticks this one, so that other code there may call
    `asyncio.run()`. For all other threads the loop is running as long as its host attends it: the loop calls what these
    threads hand over. With `run_until_complete()` and `run_forever()` it is an ordinary loop.

    The thread that ticks the loop owns it. Before the first tick the thread that made the loop owns it.

    ========  ==========================================  =========================================
    state     entered when                                left when
    ========  ==========================================  =========================================
    asleep    a tick found nothing pending                a callback, task, timer or file is added
    idle      a tick found nothing ready                  the same, or an event comes from others
    awake     work was added                              a tick finds nothing ready
    in tick   the host calls `tick`                       work is done, or the budget is spent
    closed    `close`                                     never
    ========  ==========================================  =========================================

    A tick of an idle loop only asks whether events have come, in a few microseconds.

    Other threads cannot wake a sleeping host by `call_soon_threadsafe`: most hosts cannot be called from other threads.
    The next tick calls what they have handed over. So a host goes on to tick slowly while the loop is asleep.

    Args:
        host: the program that is asked for ticks.
        budget: seconds after which a tick ends although work is ready.

    Attributes:
        is_quiet: whether the last tick found nothing to do.
        is_attended: whether the host ticks the loop, or will; the host sets this, and `close` clears it.
        ticked_at: when the last tick or call of `has_events` ended, as `time` says; before, when the loop was made.
    """

    _is_asleep = False
    _is_idle = False
    is_quiet = True
    is_attended = False
    _due = inf
    _is_in_debug_mode = False

    def __init__(self, host: Host, budget: float = TICK_BUDGET) -> None:
        self._host = host
        self.budget = budget
        self._ticks = PlatformTicks()
        self._thread = threading.get_ident()
        self._waiting_task: Callable[[], asyncio.Task[Any] | None] = _nobody
        super().__init__(self._ticks)
        self.slow_callback_duration = SLOW_CALLBACK
        self._is_asleep = self._is_idle = True
        self.ticked_at = self.time()

    def tick(self, patience: float = 0.0) -> float | None:
        """Run what is ready until it is done or the budget is spent.

        Any exception that leaves a callback goes to the loop's exception handler, `SystemExit` and `KeyboardInterrupt`
        too: they must not end the host. A tick inside a tick, or inside another running loop, does nothing.

        Args:
            patience: seconds to wait for an event when nothing is ready, for a host that would only sleep. Negative:
                do not even wait for the next message of a conversation, for a host that is busy.

        Returns:
            Seconds until the loop has something to do: 0 when the budget ended the tick, infinite when it waits for
            others. None when nothing is pending.
        """
        if _some_loop_is_running():
            return 0.0
        if self.is_closed():
            return None
        try:
            return self.run_slice(patience)
        except BaseException as error:  # noqa: BLE001 - run_forever lets these two out: SystemExit, KeyboardInterrupt
            self.call_exception_handler({"message": f"{type(error).__name__} left a task", "exception": error})
            return 0.0

    def run_slice(self, patience: float = 0.0) -> float | None:
        """Do the same as `tick`, but let `SystemExit` and `KeyboardInterrupt` out: for hosts that these may end."""
        if self._thread != threading.get_ident():
            self._thread = threading.get_ident()
            self._is_idle = False  # this thread did not own the loop: its work so far has woken nobody
        # Inside another running loop run_forever must run, and raise its error.
        self.is_quiet = self._is_idle and not _some_loop_is_running() and not self._has_work(patience)
        if self.is_quiet:
            return self._sleep()
        self._is_asleep = self._is_idle = False
        self._ticks.begin_tick(self.budget, super().stop, patience)
        try:
            self.run_forever()
        finally:
            self._ticks.end_tick()
        delay = self._ticks.delay
        self._is_idle = delay != 0.0
        self._due = inf if delay is None else self.time() + delay
        return self._sleep()

    def has_events(self) -> bool:
        """Return whether a file or another thread has an event for the loop.

        A host needs to ask no more than this while nothing is pending. A tick asks more, and costs some times as much.
        """
        self.ticked_at = self.time()
        return self._ticks.has_events(0.0)

    def _has_work(self, patience: float) -> bool:
        """Return whether a timer is due, or a file or another thread has an event, now or within `patience`."""
        return self._ticks.has_events(max(min(patience, self._due - self.time()), 0.0)) or self.time() >= self._due

    def _sleep(self) -> float | None:
        """Return what `tick` returns to the host, and fall asleep when nothing is pending."""
        self.ticked_at = self.time()
        if self._is_pending():
            return max(self._due - self.ticked_at, 0.0)
        self._is_asleep = True
        return None

    def _is_pending(self) -> bool:
        return self._due < inf or self._ticks.has_files() or self._has_tasks()

    def _has_tasks(self) -> bool:
        """Return whether a task waits. One waiting task is remembered, since all 10,000 tasks take 2 ms to read."""
        task = self._waiting_task()
        if task is not None and not task.done():
            return True
        tasks = asyncio.all_tasks(self)
        self._waiting_task = weakref.ref(tasks.pop()) if tasks else _nobody
        return self._waiting_task is not _nobody

    def get_debug(self) -> bool:
        """Return whether the loop is in debug mode, as in asyncio, and wake the host.

        `asyncio.Handle` and `Future` call this method when they are made (asyncio/events.py, futures.py; 3.11 to 3.14).
        So all new work passes here, whatever adds it: `call_soon`, also where somebody has kept that bound method, a
        timer, a file, a task. To override each of these ways would cost up to a fifth of the loop's speed. The
        cost of this override cannot be measured.
        """
        if self._is_idle:
            self._wake()
        if self._is_in_debug_mode:
            self._refuse_other_threads()
        return self._is_in_debug_mode

    def set_debug(self, enabled: bool) -> None:
        """Set debug mode, as in asyncio."""
        super().set_debug(enabled)
        self._is_in_debug_mode = enabled

    def is_running(self) -> bool:
        """Return whether the loop is running, as in asyncio; for other threads, whether the host attends the loop.

        Libraries ask before they hand work over to a loop. Where the loop is not running, libraries drop the work or
        refuse the loop. The loop's own thread may call `run_until_complete()` between two ticks, so
        asyncio's answer holds there.
        """
        return super().is_running() or (self.is_attended and threading.get_ident() != self._thread)

    @property
    def is_turning(self) -> bool:
        """Whether the loop is inside a tick, `run_forever()` or `run_until_complete()`: the same for all threads."""
        return super().is_running()

    @property
    def is_in_tick(self) -> bool:
        """Whether the host ticks the loop right now."""
        return self._ticks.is_in_tick

    def close(self) -> None:
        """Close the loop, as in asyncio."""
        super().close()
        self.is_attended = False

    def _refuse_other_threads(self) -> None:
        """Raise an error where a thread adds work between two ticks that only the loop's own thread may add.

        In debug mode asyncio checks the thread, but only while its loop runs. `call_soon_threadsafe` does not call
        `call_soon`, so it passes (asyncio/base_events.py, 3.11 to 3.14).
        """
        if not self.is_attended or threading.get_ident() == self._thread:
            return
        caller: FrameType | None = sys._getframe(2)
        for _ in range(3):  # Handle, TimerHandle or the way into the queue, and the method
            if caller is None:
                return
            if caller.f_code in _NOT_FOR_OTHER_THREADS:
                raise RuntimeError(
                    f"Non-thread-safe operation: {caller.f_code.co_name}() was called from a thread that does not turn "
                    "the loop; call loop.call_soon_threadsafe() there"
                )
            caller = caller.f_back

    def _wake(self) -> None:
        if threading.get_ident() != self._thread:  # the next tick receives it, as it receives an event of a file
            return
        self._is_idle = False
        if self._is_asleep:
            self._is_asleep = False
            self._host.wake()


def _some_loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _nobody() -> None:
    return None
