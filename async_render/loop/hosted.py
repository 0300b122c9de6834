"""The event loop that a host turns."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from math import inf
from time import perf_counter
from typing import Any, Protocol

from .selector import TickSelector

TICK_BUDGET = 0.004
"""Seconds of work in a tick: a quarter of a frame at 60 Hz, so that the window stays fluid."""

TASK_CENSUS_INTERVAL = 1.0
"""Seconds between two looks for waiting tasks: asyncio has no count of them, and 10,000 take 2 ms to walk through."""


class Host(Protocol):
    """What turns the loop: calls `HostedLoop.tick` again and again after `wake`, until a tick answers None."""

    def wake(self) -> None:
        """Begin to tick, soon and on the loop's own thread; nothing when it ticks already."""


class HostedLoop(asyncio.SelectorEventLoop):
    """A complete asyncio loop that runs in slices, inside a program with a main loop of its own.

    Between two ticks no loop is running, so that other code in the same thread may call `asyncio.run()`.
    With `run_until_complete()` and `run_forever()` it is an ordinary loop.

    ========  ==========================================  =========================================
    state     entered when                                left when
    ========  ==========================================  =========================================
    asleep    a tick found nothing pending                a callback, task, timer or file is added
    awake     `Host.wake` was called                      a tick finds nothing pending
    in tick   the host calls `tick`                       work is done, or the budget is spent
    closed    `close`                                     never
    ========  ==========================================  =========================================

    Args:
        host: whom to ask for ticks.
        budget: seconds after which a tick ends although work is ready.
    """

    def __init__(self, host: Host, budget: float = TICK_BUDGET) -> None:
        self._host = host
        self.budget = budget
        self._ticks = TickSelector()
        super().__init__(self._ticks)
        self._own_files = len(self._ticks.get_map())
        self._next_census = 0.0

    def tick(self) -> float | None:
        """Run what is ready until it is done or the budget is spent.

        Whatever leaves a callback, `SystemExit` and `KeyboardInterrupt` too, goes to the loop's exception handler:
        the host is not ours to end. A tick inside a tick, or inside another running loop, does nothing.

        Returns:
            Seconds until the loop has something to do: 0 when the budget ended the tick, infinite when it waits for
            others. None when nothing is pending.
        """
        if _some_loop_is_running():
            return 0.0
        self._ticks.begin_tick(self.budget, self.stop)
        try:
            self.run_forever()
        except BaseException as error:  # noqa: BLE001 - run_forever lets these two out: SystemExit, KeyboardInterrupt
            self._ticks.delay = 0.0
            self.call_exception_handler({"message": f"{type(error).__name__} left a task", "exception": error})
        finally:
            self._ticks.end_tick()
        if not self._is_pending():
            return None
        return inf if self._ticks.delay is None else self._ticks.delay

    def _is_pending(self) -> bool:
        return (
            self._ticks.delay is not None
            or len(self._ticks.get_map()) > self._own_files
            or self._has_tasks()
        )

    def _has_tasks(self) -> bool:
        now = perf_counter()
        if now < self._next_census:
            return True
        if not asyncio.all_tasks(self):
            return False
        self._next_census = now + TASK_CENSUS_INTERVAL
        return True

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        """As asyncio's, and wakes the host."""
        self._host.wake()
        return super().call_soon(callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, and wakes the host."""
        self._host.wake()
        return super().call_at(when, callback, *args, context=context)


def _some_loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
