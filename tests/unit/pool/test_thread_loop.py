"""The pool's loop on a thread of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from time import monotonic

import pytest

from async_render.pool.thread_loop import ThreadLoop, wait_for_call

from ...support.checkout import ROOT


@pytest.fixture
def loop() -> Iterator[ThreadLoop]:
    loop = ThreadLoop("test")
    yield loop
    assert loop.stop()


def test_a_coroutine_runs_on_another_thread_and_plain_code_gets_its_result(loop: ThreadLoop) -> None:
    async def which() -> threading.Thread:
        return threading.current_thread()

    thread = loop.submit(which()).result(timeout=60)
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_an_error_comes_out_where_the_call_is_awaited(loop: ThreadLoop) -> None:
    async def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        loop.submit(fail()).result(timeout=60)
    with pytest.raises(KeyError, match="lost"):
        asyncio.run(wait_for_call(loop.submit(fail())))


class Slow:
    """A coroutine that waits, and whose cleanup waits until it may end."""

    def __init__(self) -> None:
        self.begun, self.cancelled, self.may_end = threading.Event(), threading.Event(), threading.Event()
        self.has_ended = False

    async def run(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
            while not self.may_end.is_set():
                await asyncio.sleep(0.01)
            self.has_ended = True


def test_a_cancelled_future_is_done_when_the_coroutine_has_cleaned_up(loop: ThreadLoop) -> None:
    slow = Slow()
    call = loop.submit(slow.run())
    assert slow.begun.wait(60)
    assert call.cancel()
    assert slow.cancelled.wait(60)
    assert not call.done()
    slow.may_end.set()
    with pytest.raises(CancelledError):
        call.result(timeout=60)
    assert slow.has_ended
    assert not call.cancel()


async def test_a_cancelled_waiter_waits_for_the_cleanup_too(loop: ThreadLoop) -> None:
    slow = Slow()
    task = asyncio.create_task(wait_for_call(loop.submit(slow.run())))
    await asyncio.to_thread(slow.begun.wait, 60)
    task.cancel()
    await asyncio.to_thread(slow.cancelled.wait, 60)
    assert not task.done()
    task.cancel()  # again: an impatient caller
    await asyncio.sleep(0)
    assert not task.done()
    slow.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.has_ended


async def test_a_call_that_others_cancel_raises_in_its_waiter(loop: ThreadLoop) -> None:
    slow = Slow()
    call = loop.submit(slow.run())
    waiter = asyncio.create_task(wait_for_call(call))
    await asyncio.to_thread(slow.begun.wait, 60)
    slow.may_end.set()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter


def test_stop_cancels_what_runs_and_can_be_called_again() -> None:
    loop, slow = ThreadLoop("test"), Slow()
    call = loop.submit(slow.run())
    assert slow.begun.wait(60)
    slow.may_end.set()
    assert loop.stop(timeout=60)
    assert call.cancelled()
    assert slow.has_ended
    assert loop.stop()
    with pytest.raises(RuntimeError, match="closed"):
        loop.submit(slow.run())


def test_a_coroutine_that_does_not_end_holds_nobody_up() -> None:
    loop, slow = ThreadLoop("test"), Slow()
    loop.submit(slow.run())
    assert slow.begun.wait(60)
    assert not loop.stop(timeout=0.05)
    slow.may_end.set()
    assert loop.stop(timeout=60)


def test_python_ends_although_a_loop_was_left_running() -> None:
    code = (
        "import asyncio\n"
        "from async_render.pool.thread_loop import ThreadLoop\n"
        "loop = ThreadLoop('left')\n"
        "loop.submit(asyncio.to_thread(__import__('time').sleep, 600))\n"
        "loop.submit(asyncio.sleep(600))\n"
        "print('end')\n"
    )
    begin = monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "end"), done.stderr
    assert monotonic() - begin < 300
