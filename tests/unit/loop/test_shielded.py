"""An answer that somebody else sets, and the task that waits for it is cancelled."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

from async_render.loop.shielded import answered

Cancel = Callable[[asyncio.Future[Any]], None]


async def cancelled_while_it_waits(before: Cancel, cancel: Cancel) -> list[str]:
    """Cancel a task that waits for an answer.

    Args:
        before: called with the answer just before the task is cancelled.
        cancel: stops the work.

    Returns:
        Whether the work was stopped, and what the loop reports when nobody has the answer any more.
    """
    said = list[str]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: said.append(context["message"]))
    await _cancel_it(loop.create_future(), before, cancel, said)
    gc.collect()
    return said


async def _cancel_it(answer: asyncio.Future[Any], before: Cancel, cancel: Cancel, said: list[str]) -> None:
    async def stop() -> None:
        said.append("stopped")
        cancel(answer)

    task = asyncio.create_task(answered(answer, stop))
    await asyncio.sleep(0)
    before(answer)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_whose_answer_is_there_already_is_not_stopped() -> None:
    for before in (lambda answer: answer.set_result(1), lambda answer: answer.cancel()):
        assert await cancelled_while_it_waits(before, lambda _: None) == []


async def test_work_that_gives_no_answer_after_its_stop_is_waited_for_no_longer() -> None:
    assert await cancelled_while_it_waits(lambda _: None, lambda _: None) == ["stopped"]


async def test_an_error_that_comes_after_the_cancel_is_not_reported_as_forgotten() -> None:
    late: Cancel = lambda answer: answer.set_exception(OSError("late"))  # noqa: E731
    assert await cancelled_while_it_waits(lambda _: None, late) == ["stopped"]
    assert await cancelled_while_it_waits(late, lambda _: None) == []
