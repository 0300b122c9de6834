"""An asyncio loop on a thread of its own: a pool works while the caller's loop, or no loop, runs.

The caller may be a coroutine in Blender's window, whose loop runs in slices, or plain code without any loop. The pool's
processes are watched all the time, so their loop is a third one. A coroutine goes there by `submit`, or is awaited from
another loop by `wait_for_call`. Both end when the coroutine has ended, and not when somebody has cancelled it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from ..loop.shielded import to_the_end, wait_until_done
from ..loop.workers import Workers

T = TypeVar("T")

STOP_TIMEOUT = 5.0
"""Seconds that cancelled coroutines have to end before the thread is left alone. It is a daemon."""


class Call(Future[T]):
    """The future of a coroutine on the pool's loop, which is done when the coroutine has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._task: asyncio.Task[T] | None = None

    def cancel(self) -> bool:
        """Cancel the coroutine. The future is done when the coroutine has cleaned up.

        Returns:
            Whether the coroutine was still running.
        """
        if self.done():
            return False
        try:
            self._loop.call_soon_threadsafe(self._cancel_task)
        except RuntimeError:  # the loop is closed, and each call has ended
            return False
        return True

    def start(self, coroutine: Coroutine[Any, Any, T]) -> None:
        """Start the coroutine. Called on the loop's thread."""
        self._task = self._loop.create_task(coroutine)
        self._task.add_done_callback(self._finish)

    def _cancel_task(self) -> None:
        if self._task is not None:  # always: the loop has started the coroutine before
            self._task.cancel()

    def _finish(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self._end_cancelled()
        elif (error := task.exception()) is not None:
            self.set_exception(error)
        else:
            self.set_result(task.result())

    def _end_cancelled(self) -> None:
        super().cancel()
        self.set_running_or_notify_cancel()


class ThreadLoop:
    """An asyncio loop on a daemon thread, which its starter ends.

    Example:
        >>> loop = ThreadLoop("pool")
        >>> loop.submit(asyncio.sleep(0, "done")).result()
        'done'
        >>> loop.stop()
    """

    def __init__(self, name: str) -> None:
        # No policy is asked: another add-on may have set one. Only the proactor starts processes on Windows.
        self._loop: asyncio.AbstractEventLoop
        if sys.platform == "win32":
            self._loop = asyncio.ProactorEventLoop()
        else:
            self._loop = asyncio.SelectorEventLoop()
        self._loop.set_default_executor(Workers())  # Python would wait at its end for the threads of its own executor
        self._thread = threading.Thread(target=self._run, name=f"async_render {name}", daemon=True)
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Call[T]:
        """Run a coroutine on the loop. Any thread may call this.

        Raises:
            RuntimeError: the loop was stopped.
        """
        call: Call[T] = Call(self._loop)
        try:
            self._loop.call_soon_threadsafe(call.start, coroutine)
        except RuntimeError:
            coroutine.close()
            raise
        return call

    def stop(self, timeout: float = STOP_TIMEOUT) -> bool:
        """Cancel what runs, and end the thread. Any thread but the loop's own may call this, more than once.

        Returns:
            Whether the thread has ended within the time, in seconds.
        """
        if self._thread.is_alive():
            with suppress(RuntimeError):  # the loop was closed this moment
                self._loop.call_soon_threadsafe(self._cancel_all)
        self._thread.join(timeout)
        return self.is_stopped

    def _cancel_all(self) -> None:
        self._loop.create_task(_end_others(self._loop))

    def _run(self) -> None:
        asyncio.set_event_loop(None)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()


async def _end_others(loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    loop.stop()


async def wait_for_call(call: Call[T]) -> T:
    """Wait on the running loop for a call on another loop. When the caller is cancelled the call is cancelled, too.

    Raises:
        CancelledError: when the call has cleaned up.
        Exception: what the coroutine raised.
    """
    try:
        await wait_until_over(call)
    except asyncio.CancelledError:
        call.cancel()
        await to_the_end(lambda: wait_until_over(call))
        raise
    if call.cancelled():
        raise asyncio.CancelledError
    return call.result()


async def wait_until_over(call: Call[Any]) -> None:
    """Wait on the running loop until a call on another loop is over. Its result or exception is left to others."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def wake(_: Future[T]) -> None:
        try:
            loop.call_soon_threadsafe(end)
        except RuntimeError:
            call.cancel()  # the caller's loop was closed, and nobody waits

    call.add_done_callback(wake)
    await wait_until_done(ended)
