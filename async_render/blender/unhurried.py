"""Looking at files, and at thousands of things, while the window lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import ParamSpec, TypeVar

SLICE = 0.004
"""Seconds of a turn of the window for what takes long."""

T = TypeVar("T")
P = ParamSpec("P")


async def beside_the_window(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Let a thread look at files, be they few: one of 100 MB takes 0.1 s, and a network disk may take any time."""
    return await asyncio.to_thread(function, *arguments, **named)


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
