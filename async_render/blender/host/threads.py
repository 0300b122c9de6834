"""Other threads: how they get the loop, and how they call functions on the main thread."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from ...loop.workers import is_started_by_python
from .host import BlenderHost, get_host

P = ParamSpec("P")
T = TypeVar("T")


def get_loop() -> asyncio.AbstractEventLoop:
    """Return Blender's event loop, for threads and for other add-ons: there is one, and all share it.

    Call this function on the main thread, once, and keep the loop, or hand it to the thread. From then on the loop
    never rests: each turn of Blender's main loop asks whether a thread, Blender's render thread too, has handed
    something over. Before that the first event of a new thread may take half a second.

    Returns:
        The loop, which runs whenever Blender's main loop turns; do not run or close the loop.

    Raises:
        RuntimeError: there is no loop yet, and this is not the main thread.

    Example:
        >>> loop = ar.get_loop()
        >>> def worker():  # on a thread
        ...     asyncio.run_coroutine_threadsafe(ar.render_still(), loop).result()
        >>> await asyncio.to_thread(worker)
    """
    host = get_host()
    return host.lend() if threading.current_thread() is threading.main_thread() else host.loop


def call_in_main_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function on Blender's main thread, from a worker thread, and wait for its result.

    `bpy` may only be used on the main thread: https://docs.blender.org/api/current/info_gotchas_threading.html

    Args:
        function: what to call; it may use `bpy`.
        *args: its arguments.
        **kwargs: its keyword arguments.

    Returns:
        What the function returned. On the main thread itself the function is called at once.

    Raises:
        Exception: what the function raised.
        RuntimeError: the add-on was disabled, or Blender quits. Or the caller is a thread of Blender's own, such as
            the render thread, for which the main thread waits: another file is opened, or an undo ends the render. The
            two threads would wait for each other for ever. Or the main thread runs `asyncio.run()`.

    Example:
        >>> def worker():
        ...     names = ar.call_in_main_thread(lambda: [scene.name for scene in bpy.data.scenes])
        >>> await asyncio.to_thread(worker)
    """
    if threading.current_thread() is threading.main_thread():
        return function(*args, **kwargs)
    host = get_host()
    is_blenders = not is_started_by_python()
    reason = _reason_not_to_wait(host) if is_blenders else None
    if reason is not None:
        raise RuntimeError(reason)
    answer: Future[T] = Future()

    def call() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(function(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            answer.set_exception(error)

    host.loop.call_soon_threadsafe(call)
    return _wait_for(answer, host, is_blenders)


def _wait_for(answer: Future[T], host: BlenderHost, is_blenders: bool) -> T:
    """Return the function's result, or raise an error when nobody will call the function any more."""
    while True:
        try:
            return answer.result(timeout=POLL_INTERVAL)
        except TimeoutError:
            if answer.done():  # the function has raised it
                raise
            if host.loop.is_closed() and answer.cancel():
                raise RuntimeError("Blender's event loop was closed before the function was called") from None
            reason = _reason_not_to_wait(host) if is_blenders else _reason_by_another_loop(host)
            if reason is not None and answer.cancel():
                raise RuntimeError(reason) from None


def _reason_not_to_wait(host: BlenderHost) -> str | None:
    """Return why the thread of a job must not wait for the main thread, which waits for it; None: it may.

    Blender calls `load_pre` before it opens a file. Blender ends its jobs for an undo before it calls `undo_pre`
    (`ed_undo_step_pre` in source/blender/editors/undo/ed_undo.cc, 4.2 to 5.2), and calls nothing when it quits. In
    these two cases the main loop stands still, and nothing else can be seen.
    """
    if host.is_opening_file:
        return (
            "ar.call_in_main_thread() was called on a thread of Blender's own while another file is opened: "
            "Blender waits for this thread, so the function cannot be called; return from the handler"
        )
    if host.stands_still() > STANDSTILL:
        return (
            f"Blender's main thread has stood still for {STANDSTILL:g} s, and may wait for this thread, as it does for "
            "an undo during a render: ar.call_in_main_thread() has not called the function; return from the handler"
        )
    return None


def _reason_by_another_loop(host: BlenderHost) -> str | None:
    """Return why a thread of Python's must not wait: the main thread is in another loop, and may wait for it."""
    if host.stands_still() <= STANDSTILL:
        return None
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code is asyncio.BaseEventLoop.run_forever.__code__ and frame.f_locals.get("self") is not host.loop:
            return (
                f"Blender's main thread has run another event loop for {STANDSTILL:g} s, as asyncio.run() makes one: "
                "ar.call_in_main_thread() has not called the function; write ar.run(main()) on the main thread"
            )
        frame = frame.f_back
    return None


POLL_INTERVAL = 0.25
"""Seconds until a waiting thread checks again whether the loop is still there."""

STANDSTILL = 10.0
"""Seconds that Blender's main loop may stand still before a thread of Blender's own stops waiting for it. The first
drawing of a viewport with EEVEE takes some seconds with software OpenGL, so the limit is longer. The window hangs that
long after an undo during a render whose handler waits."""
