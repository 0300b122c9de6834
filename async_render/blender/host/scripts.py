"""The life of a script: from `run` until its end is announced."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

import bpy

from ...render.activity import Activity, Kind, State, activities, current_script, starting_text
from ...render.errors import RenderCancelled
from ...script.streams import streams
from ..paths import text_file_name
from ..quirks import break_flag
from .announce import announce
from .host import get_host
from .shutdown import run_to_the_end
from .tasks import create_task, is_inside_a_loop, refuse_threads

log = logging.getLogger("async_render")

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Run a coroutine: the same line in Blender's window, in `blender -b` and on the `bpy` module.

    In the window `run` starts the coroutine and returns at once. The coroutine goes on while the window lives, and an
    exception that leaves it is shown. Headless `run` returns when the coroutine is done, and raises its exception.

    Args:
        main: the coroutine, as `main()`.
        name: the task's name; None: that of the text in the .blend file whose code it is, or else the coroutine's.

    Returns:
        The task. Headless it is done.

    Raises:
        RuntimeError: called from a coroutine; `await` it there instead. Or called on another thread than the main one.
        TypeError: `main` is no coroutine.

    Example:
        >>> async def main():
        ...     await ar.render_animation(filepath="//out/####")
        >>> ar.run(main())
    """
    if not asyncio.iscoroutine(main):
        raise TypeError(f"main={main!r} is not a coroutine; write ar.run(main()) for an 'async def main()'")
    refuse_threads(main, "ar.run()")
    if is_inside_a_loop():
        main.close()
        raise RuntimeError("ar.run() was called from a running coroutine; write 'await main()' there")
    activity = starting_text.get()
    if activity is None or activity.state is not State.QUEUED:  # no text is being started, or it calls this again
        qualified: str = getattr(main, "__qualname__", "script")
        activity = Activity(kind=Kind.SCRIPT, name=_text_name(main) or qualified)
    activity.name = name or activity.name
    return start_script(main, activity)


def _text_name(main: Coroutine[Any, Any, Any]) -> str | None:
    """Return the name of the text in the .blend file that has the coroutine's code; None: no text has it."""
    code = getattr(main, "cr_code", None)
    names = [text.name for text in bpy.data.texts if code is not None and text_file_name(text) == code.co_filename]
    return names[0] if names else None


def start_script(main: Coroutine[Any, Any, T], activity: Activity) -> asyncio.Task[T]:
    """Start a coroutine as `run` does, for the activity that shows the script and may have waited in the queue."""
    if activity not in activities:
        activities.add(activity)
    if not bpy.app.background:  # before the first step; not now, while a console has streams of its own in place
        get_host().loop.call_soon(streams.install, activity)
    context = copy_context()
    context.run(current_script.set, activity)
    task = context.run(create_task, main, name=activity.name)
    watch_script(task, activity)
    if bpy.app.background:
        _run_to_the_end(task)
    return task


def _run_to_the_end(task: asyncio.Task[Any]) -> None:
    """Run a script without a window, and raise its error.

    The script may have cancelled renders. Their flag would stop what follows on the command line, as `-a`, and end
    Blender with 1. After Ctrl-C it stays set: so it is in Blender itself.
    """
    try:
        run_to_the_end(get_host(), task)
        task.result()
    except KeyboardInterrupt:
        raise
    except BaseException:
        break_flag.clear()
        raise
    break_flag.clear()


def watch_script(task: asyncio.Task[Any], activity: Activity) -> None:
    """Let the activity follow the task. The task's end is announced."""
    log.info("%r is started", activity.name)
    activity.cancel = task.cancel
    activities.start(activity)

    def end(task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        is_cancelled = task.cancelled() or isinstance(error, RenderCancelled)  # by Esc
        state = State.CANCELLED if is_cancelled else State.FAILED if error else State.FINISHED
        activities.end(activity, state, None if is_cancelled else error)
        streams.remove(activity)
        log.info("%r is %s after %.1f s", activity.name, state.value, activity.seconds)
        announce(activity)

    task.add_done_callback(end)
