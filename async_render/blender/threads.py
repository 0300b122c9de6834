"""Between the loop and other threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .host import BlenderHost, get_host

T = TypeVar("T")


def get_loop() -> asyncio.AbstractEventLoop:
    """Blender's event loop, for threads and for other add-ons: there is one, and all share it.

    Call it on the main thread, once, and keep it, or hand it to the thread. From then on the loop never sleeps: in each
    turn of Blender's main loop it looks whether a thread, Blender's render thread too, has brought something.

    Returns:
        The loop. It runs, whenever Blender's main loop turns; do not run or close it.

    Raises:
        RuntimeError: there is no loop yet, and this is not the main thread.

    Example:
        >>> loop = ar.get_loop()
        >>> def worker():  # in a thread
        ...     asyncio.run_coroutine_threadsafe(ar.render_animation(), loop).result()
        >>> threading.Thread(target=worker).start()
    """
    host = get_host()
    return host.lend() if threading.current_thread() is threading.main_thread() else host.loop


def call_in_main_thread(function: Callable[..., T], *args: Any) -> T:
    """Call a function on Blender's main thread, from a worker thread, and wait for what it returns.

    `bpy` may only be used on the main thread: https://docs.blender.org/api/current/info_gotchas_threading.html

    Args:
        function: what to call; it may use `bpy`.
        *args: its arguments.

    Returns:
        What the function returned. On the main thread itself it is called at once.

    Raises:
        Exception: what the function raised.
        RuntimeError: the add-on was disabled, or Blender quits. Or the loop sleeps, and cannot hear a thread that C
            started, such as the render thread: call `get_loop()` on the main thread before.

    Example:
        >>> def worker():
        ...     names = ar.call_in_main_thread(lambda: [scene.name for scene in bpy.data.scenes])
        >>> await asyncio.to_thread(worker)
    """
    if threading.current_thread() is threading.main_thread():
        return function(*args)
    host = get_host()
    answer: Future[T] = Future()

    def call() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(function(*args))
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            answer.set_exception(error)

    host.loop.call_soon_threadsafe(call)
    return _wait_for(answer, host)


def _wait_for(answer: Future[T], host: BlenderHost) -> T:
    """Wait, but not for ever when nobody turns the loop any more."""
    while True:
        try:
            return answer.result(timeout=LOOK_INTERVAL)
        except TimeoutError:
            if answer.done():  # the function raised it
                raise
            if host.loop.is_closed() and answer.cancel():
                raise RuntimeError("Blender's event loop was closed before the function was called") from None
            if not host.hears_threads and answer.cancel():
                raise RuntimeError(
                    "Blender's event loop sleeps, and this thread cannot wake it: "
                    "call ar.get_loop() once on the main thread, and it listens from then on"
                ) from None


LOOK_INTERVAL = 0.25
"""Seconds between two looks whether the loop is still there."""
