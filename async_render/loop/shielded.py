"""Await to the end, although the task is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await a coroutine that must not be left half done, however often the task is cancelled meanwhile.

    Args:
        make: makes the coroutine; called again where somebody has cancelled all tasks, the coroutine's own, too.

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
        task.exception()  # so that asyncio does not report an exception that nobody has read
        raise asyncio.CancelledError
    return task.result()


async def answered(answer: asyncio.Future[T], cancel: Callable[[], Coroutine[Any, Any, None]]) -> T:
    """Wait for the answer of something that works on its own, and return it.

    Args:
        answer: the answer, which somebody else sets.
        cancel: makes a coroutine that stops the work; awaited when the task is cancelled before the answer is there.

    Raises:
        CancelledError: the task was cancelled, and `cancel` has ended.
    """
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        if not answer.done():
            await cancel()
        raise
    finally:
        if answer.done() and not answer.cancelled():
            answer.exception()  # so that asyncio does not report an exception that nobody has read


async def cancel_and_wait(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and wait until it has ended. Its result or exception is left to others.

    Raises:
        CancelledError: at the end, when the caller was cancelled meanwhile.
    """
    task.cancel()
    try:
        await to_the_end(lambda: wait_until_done(task))
    finally:
        if not task.cancelled():
            task.exception()  # so that asyncio does not report an exception that nobody has read


async def wait_until_done(future: asyncio.Future[Any]) -> None:
    """Wait until a future is done. Its result or exception is left to others."""
    await asyncio.wait([future])
