"""Looking at thousands of things while the window lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from time import perf_counter
from typing import Concatenate, ParamSpec, TypeVar

FEW = 50
"""Frames whose files can be looked at in a turn of the window."""

SLICE = 0.004
"""Seconds of a turn of the window for what takes long."""

T = TypeVar("T")
S = TypeVar("S", bound=Sized)
P = ParamSpec("P")


async def beside_the_window(
    function: Callable[Concatenate[S, P], T], many: S, *arguments: P.args, **named: P.kwargs
) -> T:
    """Let a thread look at many files: each may take milliseconds, and those of a network disk more."""
    if len(many) <= FEW:
        return function(many, *arguments, **named)
    return await asyncio.to_thread(function, many, *arguments, **named)


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
