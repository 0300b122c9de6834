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
"""Seconds of work in a tick: a quarter of a frame at 60 Hz, so that the window stays fluid."""

SLOW_CALLBACK = 1 / 60
"""Seconds after which asyncio's debug mode calls a callback slow: the window misses a frame. asyncio's own are 0.1."""


_NOT_FOR_OTHER_THREADS = (asyncio.BaseEventLoop.call_soon.__code__, asyncio.BaseEventLoop.call_at.__code__)


class Host(Protocol):
    """What turns the loop: calls `HostedLoop.tick` again and again after `wake`, until a tick answers None."""

    def wake(self) -> None:
        """Begin to tick, soon and on the loop's own thread; nothing when it ticks already."""


class HostedLoop(PlatformLoop):
    """A complete asyncio loop that runs in slices, inside a program with a main loop of its own.

    Between two ticks no loop is running in the thread that ticks it, so that other code there may call `asyncio.run()`.
    For all other threads the loop is running as long as its host attends it: what they hand over is done.
    With `run_until_complete()` and `run_forever()` it is an ordinary loop.

    The thread that ticks the loop owns it. Before the first tick that is the thread that made it.

    ========  ==========================================  =========================================
    state     entered when                                left when
    ========  ==========================================  =========================================
    asleep    a tick found nothing pending                a callback, task, timer or file is added
    idle      a tick found nothing ready                  the same, or others have something to say
    awake     work was added                              a tick finds nothing ready
    in tick   the host calls `tick`                       work is done, or the budget is spent
    closed    `close`                                     never
    ========  ==========================================  =========================================

    A tick of an idle loop only looks whether there is news; that takes a few microseconds.

    What other threads hand over (`call_soon_threadsafe`) cannot wake a sleeping host: most hosts take no orders from
    other threads. It is done in the next tick, so a host goes on to tick slowly while the loop is asleep.

    Args:
        host: whom to ask for ticks.
        budget: seconds after which a tick ends although work is ready.

    Attributes:
        is_quiet: whether the last tick found nothing to do.
        is_attended: whether the host ticks the loop, or will; the host sets this, and `close` clears it.
        ticked_at: when the last tick ended, or `has_news` was asked, as `time` says; before, when the loop was made.
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

        Whatever leaves a callback, `SystemExit` and `KeyboardInterrupt` too, goes to the loop's exception handler:
        the host is not ours to end. A tick inside a tick, or inside another running loop, does nothing.

        Args:
            patience: seconds to wait for what may come when nothing is ready, for a host that would only sleep.
                Negative: not even for the next message of a conversation, for a host that is busy.

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
        """As `tick`, but lets `SystemExit` and `KeyboardInterrupt` out: for hosts that may be ended."""
        if self._thread != threading.get_ident():
            self._thread = threading.get_ident()
            self._is_idle = False  # what this thread has added so far was not its own work, and has woken nobody
        # Inside another running loop run_forever has to say that it cannot.
        self.is_quiet = self._is_idle and not _some_loop_is_running() and not self._has_news(patience)
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

    def has_news(self) -> bool:
        """Whether a file or another thread has something to say: all that a host has to ask while nothing is pending.

        A tick asks more, and costs some times as much.
        """
        self.ticked_at = self.time()
        return self._ticks.has_news(0.0)

    def _has_news(self, patience: float) -> bool:
        """Whether a timer is due, or a file or another thread has something to say, now or within `patience`."""
        return self._ticks.has_news(max(min(patience, self._due - self.time()), 0.0)) or self.time() >= self._due

    def _sleep(self) -> float | None:
        """What to answer the host; see `tick`."""
        self.ticked_at = self.time()
        if self._is_pending():
            return max(self._due - self.ticked_at, 0.0)
        self._is_asleep = True
        return None

    def _is_pending(self) -> bool:
        return self._due < inf or self._ticks.has_files() or self._has_tasks()

    def _has_tasks(self) -> bool:
        """Whether a task waits. One that does is remembered: to walk through 10,000 takes 2 ms."""
        task = self._waiting_task()
        if task is not None and not task.done():
            return True
        tasks = asyncio.all_tasks(self)
        self._waiting_task = weakref.ref(tasks.pop()) if tasks else _nobody
        return self._waiting_task is not _nobody

    def get_debug(self) -> bool:
        """As asyncio's, and wakes the host.

        `asyncio.Handle` and `Future` ask this when they are made (asyncio/events.py, futures.py; 3.11 to 3.14). So all
        new work passes here, by whatever way it comes: `call_soon`, also when somebody has kept that bound method, a
        timer, a file, a task. To override each of those ways would cost up to a fifth of the speed of everything; this
        costs nothing that can be measured.
        """
        if self._is_idle:
            self._wake()
        if self._is_in_debug_mode:
            self._refuse_other_threads()
        return self._is_in_debug_mode

    def set_debug(self, enabled: bool) -> None:
        """As asyncio's."""
        super().set_debug(enabled)
        self._is_in_debug_mode = enabled

    def is_running(self) -> bool:
        """As asyncio's, and true for other threads while the host attends the loop.

        Libraries ask this before they hand something over, and drop it, or refuse the loop, where the answer is false.
        The owner of the loop may call `run_until_complete()` between two ticks, so for it asyncio's answer stays.
        """
        return super().is_running() or (self.is_attended and threading.get_ident() != self._thread)

    @property
    def is_turning(self) -> bool:
        """Whether the loop is inside a tick, `run_forever()` or `run_until_complete()`; the same for all threads."""
        return super().is_running()

    def close(self) -> None:
        """As asyncio's."""
        super().close()
        self.is_attended = False

    def _refuse_other_threads(self) -> None:
        """Raise where a wrong thread adds work between two ticks, in debug mode.

        asyncio looks for that only while its loop runs, and outside of that its loop belongs to nobody. It hands
        `call_soon_threadsafe` over without `call_soon` (asyncio/base_events.py, 3.11 to 3.14).
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
        if threading.get_ident() != self._thread:  # it is heard as a file is
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
