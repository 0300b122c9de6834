"""Starting coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import bpy

from .host import BlenderHost, get_host
from .show import show_error

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Run a coroutine: the same line in Blender's window, in `blender -b` and on the `bpy` module.

    In the window it starts the coroutine and returns at once; the coroutine goes on while the window lives, and an
    exception that leaves it is shown. Headless it returns when the coroutine is done, and raises what it raised.

    Args:
        main: the coroutine, as `main()`.
        name: the task's name; None: the coroutine's.

    Returns:
        The task. Headless it is done.

    Raises:
        RuntimeError: called from a coroutine; `await` it there instead.
        TypeError: `main` is no coroutine.

    Example:
        >>> async def main():
        ...     await ar.render_animation(ar.RenderSettings(filepath="//out/####"))
        >>> ar.run(main())
    """
    if not asyncio.iscoroutine(main):
        raise TypeError(f"main={main!r} is not a coroutine; write ar.run(main()) for an 'async def main()'")
    if _is_inside_a_loop():
        main.close()
        raise RuntimeError("ar.run() was called from a running coroutine; write 'await main()' there")
    task = create_task(main, name=name)
    if bpy.app.background:
        host = get_host()
        try:
            host.run_until_done(task)
        finally:
            _end_others(host)
        task.result()
    return task


def create_task(coro: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Start a coroutine on Blender's loop, from anywhere on the main thread: an operator, a handler, a coroutine.

    An exception that leaves it is shown when it was not started by a coroutine: nobody else could see it.
    Headless it goes on only while `run` runs.

    Args:
        coro: the coroutine.
        name: the task's name; None: the coroutine's.

    Returns:
        The task; keep it to await or cancel it.

    Example:
        >>> class RenderParts(bpy.types.Operator):
        ...     bl_idname, bl_label = "scene.render_parts", "Render Parts"
        ...     def execute(self, context):
        ...         ar.create_task(render_parts(context.scene.name))
        ...         return {"FINISHED"}
    """
    task = get_host().loop.create_task(coro, name=name or getattr(coro, "__qualname__", None))
    _running.add(task)
    task.add_done_callback(_running.discard)
    if not bpy.app.background and not _is_inside_a_loop():
        task.add_done_callback(_show_failure)
    return task


_running: set[asyncio.Task[Any]] = set()
"""asyncio holds its tasks weakly; one that nobody awaits must not vanish."""


def _is_inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _show_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        show_error(error)


def _end_others(host: BlenderHost) -> None:
    """As `asyncio.run` does: what the main coroutine left running is cancelled, and its generators are closed."""
    host.run_until_done(host.loop.create_task(_cancel_all_others()))


async def _cancel_all_others() -> None:
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
