"""Looking at files, and at thousands of things, while the window lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from time import perf_counter
from typing import ParamSpec, TypeVar

from .host import get_host

BRIEFLY = 0.004
"""Seconds that the main thread waits for a thread that looks at files."""

SLICE = 0.004
"""Seconds of a turn of the window for what takes long."""

T = TypeVar("T")
P = ParamSpec("P")


async def call_in_worker_thread(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Let a thread look at files, be they few: one of 100 MB takes 0.1 s, and a network disk may take any time.

    Most looks take less than a millisecond. The next turn may come after a drawing of 0.3 s, so the main thread waits
    for `BRIEFLY` first.
    """
    future: Future[T] = get_host().workers.submit(copy_context().run, function, *arguments, **named)
    if wait([future], BRIEFLY).done:
        return future.result()
    return await asyncio.wrap_future(future)


class Slices:
    """Work in a loop on the main thread, cut into turns of the window.

    Example:
        >>> slices = Slices()
        >>> for frame in frames:
        ...     await slices.between()
    """

    def __init__(self) -> None:
        self._begin = perf_counter()

    async def between(self) -> None:
        """Give everybody else a turn when this one has taken long enough."""
        if perf_counter() - self._begin > SLICE:
            await asyncio.sleep(0)
            self._begin = perf_counter()
