"""Tasks on Blender's loop: `create_task`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import bpy

from ...render.activity import printing_script
from ...render.errors import RenderCancelled
from ...script.forgotten import Forgotten, forgotten_awaits
from ...script.stalls import StallWatch
from ..window.error_display import forgotten_text, show_error, show_forgotten, show_stall, stall_warning
from ..window.messages import report
from .host import get_host, host_in_use
from .own_loop import THREADS

T = TypeVar("T")


def create_task(coro: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Start a coroutine on Blender's loop, from anywhere on the main thread: an operator, a handler, a coroutine.

    An exception that leaves the task is shown, because nobody else could see it. Where a coroutine has started the
    task, that coroutine can await the task, and nothing is shown. A line of the task that blocks the window is
    reported. Without a window the task goes on only while `run` runs.

    Args:
        coro: the coroutine.
        name: the task's name; None: the coroutine's.

    Returns:
        The task; keep it to await or cancel it.

    Raises:
        RuntimeError: called on another thread than the main one.

    Example:
        >>> class RenderScene(bpy.types.Operator):
        ...     bl_idname, bl_label = "scene.render_it", "Render It"
        ...
        ...     def execute(self, context):
        ...         ar.create_task(ar.render_animation(scene=context.scene))
        ...         return {"FINISHED"}
    """
    refuse_threads(coro, "ar.create_task()")
    task = get_host().loop.create_task(coro, name=name or getattr(coro, "__qualname__", None))
    forgotten_awaits.watch(task)
    _running.add(task)
    task.add_done_callback(_running.discard)
    if not bpy.app.background:
        stall_watch().watch(task)
        if not is_inside_a_loop():
            task.add_done_callback(_show_failure)
    return task


_running: set[asyncio.Task[Any]] = set()
"""The tasks that are not done. asyncio holds its tasks weakly, and a task that nobody awaits must not vanish."""


_stalls: StallWatch | None = None


def stall_watch() -> StallWatch:
    """Return the watch for lines that block the window. Without a window a script blocks nobody."""
    global _stalls
    loop = get_host().loop
    if _stalls is None or _stalls.loop is not loop:  # the add-on was disabled meanwhile
        _stalls = StallWatch(loop, show_stall, stall_warning())
    return _stalls


def refuse_threads(coro: Coroutine[Any, Any, Any], name: str) -> None:
    """Raise an error on any thread but the main one: no other can wake Blender's main loop, or use `bpy`."""
    if threading.current_thread() is threading.main_thread():
        return
    coro.close()
    thread = threading.current_thread().name
    raise RuntimeError(
        f"{name} was called on the thread {thread!r}, and only the main thread can start a task: write {THREADS}"
    )


def is_inside_a_loop() -> bool:
    """Return whether the caller is a coroutine."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _report_forgotten(forgotten: Forgotten) -> bool:
    """Report a forgotten await in the window, soon: Python may free a coroutine in the middle of a drawing.

    Returns:
        Whether the window shows the report. The output of the script then has the report, too; elsewhere it has
        Python's warning.
    """
    host = host_in_use()
    if host is None or host.is_headless or host.loop.is_closed():
        return False
    host.loop.call_soon_threadsafe(show_forgotten, forgotten)
    if (script := printing_script()) is not None:
        script.printed.write(f"{forgotten_text(forgotten)}\n")
    return True


forgotten_awaits.report = _report_forgotten


def _show_failure(task: asyncio.Task[Any]) -> None:
    """Show the exception that has left a task."""
    if task.cancelled():
        return
    error = task.exception()
    if isinstance(error, RenderCancelled):  # by Esc: the user knows, and needs no pop-up
        report("WARNING", str(error))
    elif error is not None and not isinstance(error, (SystemExit, KeyboardInterrupt)):  # the loop shows these two
        show_error(error)
