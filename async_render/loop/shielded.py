"""Waiting that a cancellation does not break off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await what must not be left half done, however often the task is cancelled meanwhile.

    Args:
        make: makes the coroutine; another one when somebody has cancelled all tasks, this one's, too.

    Raises:
        CancelledError: at the end, when the task was cancelled meanwhile.
    """
    was_cancelled = False
    task = asyncio.ensure_future(make())
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            was_cancelled = True
        if task.cancelled():
            task = asyncio.ensure_future(make())
    if was_cancelled:
        task.exception()  # asyncio shall not say that nobody has looked
        raise asyncio.CancelledError
    return task.result()


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task, wait until it has ended, and leave what came of it to others.

    Raises:
        CancelledError: at the end, when the caller was cancelled meanwhile.
    """
    task.cancel()
    try:
        await to_the_end(lambda: ended(task))
    finally:
        if not task.cancelled():
            task.exception()  # asyncio shall not say that nobody has looked


async def ended(future: asyncio.Future[Any]) -> None:
    """Wait until it is done, and leave what came of it to others."""
    await asyncio.wait([future])
