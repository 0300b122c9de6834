"""Functions that the main thread calls beside the loop: before a tick, or between two ticks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any, TypeVar

from ...render.errors import text_of

T = TypeVar("T")


class Calls:
    """The functions that wait to be called.

    Attributes:
        before_tick: called in the next turn before its tick. Any thread may append.
        between_ticks: called after a tick, while no loop is running in the main thread. The functions raise nothing.
    """

    def __init__(self) -> None:
        self.before_tick: deque[Callable[[], object]] = deque()
        self.between_ticks: deque[Callable[[], object]] = deque()

    def add_between_ticks(self, loop: asyncio.AbstractEventLoop, function: Callable[[], T]) -> asyncio.Future[T]:
        """Have the function called between two ticks, in the caller's context.

        Returns:
            A future with what the function returned or raised. If the future is cancelled before, the function is not
            called. If what the function calls cancels the future, it stays cancelled, and `loop` shows what was raised.
        """
        answer: asyncio.Future[T] = loop.create_future()
        context = copy_context()

        def call() -> None:
            if answer.done():
                return
            try:
                result = context.run(function)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the answer
                _fail(loop, answer, error)
            else:
                if not answer.done():
                    answer.set_result(result)

        self.between_ticks.append(call)
        return answer


def call_all(functions: deque[Callable[[], object]], around: AbstractContextManager[object]) -> None:
    """Call the functions in order, each inside the context manager, and those that they append."""
    while functions:
        with around:
            functions.popleft()()


def _fail(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Any], error: BaseException) -> None:
    """Give the error to whoever waits for the answer, or show it when nobody waits any more."""
    if answer.done():
        loop.call_exception_handler({"message": "it was cancelled while it ran", "exception": error})
    elif isinstance(error, StopIteration):  # no future takes it
        wrapped = RuntimeError(f"the function raised {type(error).__name__}: {text_of(error)}")
        wrapped.__cause__ = error
        answer.set_exception(wrapped)
    else:
        answer.set_exception(error)
