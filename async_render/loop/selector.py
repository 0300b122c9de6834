"""The selector that ends a tick where the loop would sleep."""

import selectors
from collections.abc import Callable
from time import perf_counter

CONVERSATION_WAIT = 0.001
"""Seconds that a tick may wait for the next message of a conversation that is under way. Without it every answer of
another process costs a whole host tick (5 ms in Blender)."""


class TickSelector(selectors.DefaultSelector):
    """A selector that knows ticks: inside one it never sleeps, outside it is the platform's default selector.

    An asyncio loop asks its selector, once in every iteration, to sleep exactly as long as the loop has nothing to do:
    0 when callbacks are ready, the time to the next timer otherwise, None for ever. So the selector is the one place
    that sees, through public API alone, when a tick has to end:

    ==================  =======================  ====================
    the loop asks for   the budget               the selector
    ==================  =======================  ====================
    0 (work is ready)   is not spent             polls
    0                   is spent                 polls, ends the tick
    a sleep             a conversation goes on   waits 1 ms at most
    a sleep             otherwise                polls, ends the tick
    ==================  =======================  ====================
    """

    def __init__(self) -> None:
        super().__init__()
        self.delay: float | None = None
        """Seconds that the loop wanted to sleep when its tick ended; None: until something wakes it."""
        self._deadline: float | None = None
        self._stop: Callable[[], None] = _never
        self._talking = False

    def begin_tick(self, budget: float, stop: Callable[[], None]) -> None:
        """From now on call `stop` where the loop would sleep, and when `budget` seconds are spent."""
        self._deadline = perf_counter() + budget
        self._stop = stop
        self.delay = 0.0

    def end_tick(self) -> None:
        """Sleep again when asked to."""
        self._deadline = None
        self._stop = _never

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Poll, and end the tick where a sleep was asked for or the budget is spent; see the class."""
        if self._deadline is None:
            return super().select(timeout)
        events = super().select(0)
        if events:
            self._talking = True
        elif timeout is None or timeout > 0:
            return self._instead_of_sleeping(timeout)
        if perf_counter() >= self._deadline:
            self._stop()
        return events

    def _instead_of_sleeping(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        assert self._deadline is not None
        if self._talking:
            wait = min(CONVERSATION_WAIT, self._deadline - perf_counter(), CONVERSATION_WAIT if timeout is None else timeout)
            events = super().select(wait) if wait > 0 else []
            if events:
                return events
            # A silence ends the conversation; a spent budget does not, the next tick goes on with it.
            self._talking = wait <= 0
        self.delay = timeout
        self._stop()
        return []


def _never() -> None:
    raise AssertionError("a tick is ended only while one is under way")
