"""Work that takes long, on files or on thousands of items, while the window stays responsive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from time import perf_counter
from typing import ParamSpec, TypeVar

from .host import get_host

BRIEF_WAIT = 0.004
"""Seconds that the main thread waits for a worker thread before it returns to the window, a quarter of a frame at
60 Hz. Most work on files takes less than a millisecond."""

SLICE = 0.004
"""Seconds of long work in one main-loop turn, at most: a quarter of a frame at 60 Hz."""

T = TypeVar("T")
P = ParamSpec("P")


async def call_in_worker_thread(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call a function that reads files on a worker thread: a file of 100 MB takes 0.1 s, a network disk any time.

    The main thread waits for `BRIEF_WAIT` first, and often has the result then. Otherwise it would come in the next
    main-loop turn, which may be 0.3 s later if the window draws meanwhile.
    """
    future: Future[T] = get_host().workers.submit(copy_context().run, function, *arguments, **named)
    if wait([future], BRIEF_WAIT).done:
        return future.result()
    return await asyncio.wrap_future(future)


class Slices:
    """Slices of work in a loop on the main thread, between which the window has its turns.

    Example:
        >>> slices = Slices()
        >>> for frame in frames:
        ...     await slices.between()
    """

    def __init__(self) -> None:
        self._begin = perf_counter()

    async def between(self) -> None:
        """Let the window and other tasks go on when this slice has lasted for `SLICE` seconds."""
        if perf_counter() - self._begin > SLICE:
            await asyncio.sleep(0)
            self._begin = perf_counter()
