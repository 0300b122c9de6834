"""The selector of an asyncio loop, or on Windows its proactor, which ends a tick where the loop would sleep.

`HostedLoop.tick` begins a tick, and in Blender the timer of `blender/host/host.py` calls `tick`.
"""

import asyncio
import selectors
import sys
from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

PATIENCE = 0.001
"""Seconds that a tick may wait for the next message of a conversation that is under way. The host may allow the same
wait for any event. Without the wait each answer of another process costs a host's turn (5 ms in Blender)."""


class Ticks:
    """A base class for a selector or a proactor that knows ticks, and never sleeps inside one.

    An asyncio loop asks its selector, once in every iteration, to sleep as long as the loop has nothing to do. The loop
    asks for 0 seconds when callbacks are ready, else for the time to the next timer; None: for ever. So the selector
    alone can see, by public API, when a tick has to end:

    ==================  ========================  ====================
    the loop asks for   the budget                the selector
    ==================  ========================  ====================
    0 (work is ready)   lasts for another round   polls
    0                   ends in the next round    polls, ends the tick
    a sleep             lasts, in a conversation  waits 1 ms at most
    a sleep             otherwise                 polls, ends the tick
    ==================  ========================  ====================

    Between two of these calls the loop runs all that was ready: a round, which cannot be interrupted. The next round is
    expected to be as long as the last one, so a tick exceeds its budget by less than one round.

    A conversation begins with an event, and ends when a wait brings none. Outside of ticks the selector sleeps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.delay: float | None = None
        """Seconds that the loop wanted to sleep when its tick ended; None: until something wakes it."""
        self._deadline: float | None = None
        self._stop: Callable[[], None] = _never
        self._patience = 0.0
        self._is_in_conversation = False
        self._round_began = 0.0
        self._last_round = 0.0

    def begin_tick(self, budget: float, stop: Callable[[], None], patience: float = 0.0) -> None:
        """Begin a tick: `stop` is called where the loop would sleep, or when the budget would be exceeded.

        Args:
            budget: seconds that the tick may last.
            stop: ends the tick.
            patience: seconds to wait once, before the tick ends, for an event or a timer. Negative: do not even wait
                for the next message of a conversation.
        """
        now = perf_counter()
        self._deadline = now + budget
        self._round_began = now - self._last_round
        self._stop = stop
        self._patience = patience
        self.delay = 0.0

    @property
    def is_in_tick(self) -> bool:
        """Whether a tick has begun, and not ended."""
        return self._deadline is not None

    def end_tick(self) -> None:
        """End the tick: from now on sleep when asked to."""
        self._last_round = perf_counter() - self._round_began
        self._deadline = None
        self._stop = _never

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return the events that have come. End the tick where a sleep was asked for, or the budget is spent."""
        if self._deadline is None:
            return self._wait(timeout)
        events = self._wait(0)
        if events:
            self._is_in_conversation = True
        elif timeout is None or timeout > 0:
            return self._instead_of_sleeping(timeout)
        now = perf_counter()
        if now + (now - self._round_began) >= self._deadline:
            self._stop()
        self._round_began = now
        return events

    def _instead_of_sleeping(self, timeout: float | None) -> list[Any]:
        """Wait for an event as long as patience and budget allow. End the tick if none comes."""
        assert self._deadline is not None
        patience = PATIENCE if self._is_in_conversation and self._patience >= 0 else self._patience
        wait = min(patience, self._deadline - perf_counter(), inf if timeout is None else timeout)
        if wait > 0:
            events = self._wait(wait)
            self._is_in_conversation = bool(events)  # a silence ends a conversation; a spent budget does not
            self._patience = 0.0
            if events or wait == timeout:
                self._round_began = perf_counter()
                return events
        self.delay = timeout
        self._round_began = perf_counter()
        self._stop()
        return []

    def _wait(self, timeout: float | None) -> list[Any]:
        """Wait for events as the inherited class does."""
        raise NotImplementedError

    def has_files(self) -> bool:
        """Return whether anything is watched besides the file that wakes the loop."""
        raise NotImplementedError

    def has_events(self, timeout: float) -> bool:
        """Return whether `select` would find an event, now or within `timeout` seconds. For use outside of ticks."""
        raise NotImplementedError


class TickSelector(Ticks, selectors.DefaultSelector):
    """The selector of a hosted loop."""

    # The function itself, and no method that calls the function: such a method costs a call in each iteration.
    _wait = selectors.DefaultSelector.select  # pyright: ignore[reportAssignmentType]

    def has_files(self) -> bool:
        """Return whether a file is registered besides the one that wakes the loop."""
        return len(self.get_map()) > 1

    def has_events(self, timeout: float) -> bool:
        """Return whether there is an event. The event stays until somebody has read it."""
        return bool(self._wait(timeout))


if sys.platform == "win32":

    class TickProactor(Ticks, asyncio.IocpProactor):
        """The proactor of a hosted loop on Windows. Not yet tried on a Windows machine.

        A proactor does not name its files. So the proactor counts as busy from the first connection on.
        """

        _was_used = False

        def _wait(self, timeout: float | None) -> list[Any]:
            return asyncio.IocpProactor.select(self, timeout)

        def has_files(self) -> bool:
            """Return whether anything was ever connected."""
            return self._was_used

        def has_events(self, timeout: float) -> bool:
            """Return whether an event has come. The call takes the event away, and that loses nothing.

            `IocpProactor._poll` sets the results of the futures that wait for the events, so that their callbacks are
            ready. `ProactorEventLoop._process_events` does nothing with the list (3.11 to 3.14).
            """
            return bool(self._wait(timeout))

        def accept(self, *args: Any, **options: Any) -> Any:
            self._was_used = True
            return super().accept(*args, **options)

        def accept_pipe(self, *args: Any, **options: Any) -> Any:
            self._was_used = True
            return super().accept_pipe(*args, **options)

        def connect(self, *args: Any, **options: Any) -> Any:
            self._was_used = True
            return super().connect(*args, **options)

        def connect_pipe(self, *args: Any, **options: Any) -> Any:
            self._was_used = True
            return super().connect_pipe(*args, **options)

        def wait_for_handle(self, *args: Any, **options: Any) -> Any:
            self._was_used = True
            return super().wait_for_handle(*args, **options)


def _never() -> None:
    raise AssertionError("a tick is ended only while one is under way")
