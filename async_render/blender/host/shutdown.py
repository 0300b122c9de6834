"""The end of the loop: of a script without a window, and of the add-on in the window."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

import bpy

from ..handler_lists import add_timer, remove_timer
from ..quirks import sigint
from ..window.error_display import show_error
from ..window.windows import is_job_running
from .host import BlenderHost, forget_host, host_in_use

TIMEOUT = 0.5
"""Seconds that cancelled tasks have to end when the add-on is disabled, or Blender quits: a person waits."""

RENDER_TIMEOUT = 15.0
"""Seconds that they have when a render job has to be stopped first. Blender's window lives meanwhile."""

POLL = 0.05
"""Seconds between two looks whether they have."""


def run_to_the_end(host: BlenderHost, task: asyncio.Task[Any]) -> None:
    """Run a script's task without a window, and end what it left running, as `asyncio.run` does.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed. The task was cancelled, and had its time to clean up; pressed again,
            it is not waited for.
    """
    ending: asyncio.Task[None] | None = None

    def end_others(_: object = None) -> asyncio.Task[None]:
        nonlocal ending
        ending = ending or host.loop.create_task(_end_others())
        return ending

    # The script may end while Blender renders for another task, which keeps `run_until_done` waiting.
    task.add_done_callback(end_others)
    with _cancelled_by_ctrl_c(host, task) as presses:
        try:
            try:
                host.run_until_done(task)
            finally:
                host.run_until_done(end_others())
        finally:
            # Once its generators are shut down a loop takes no new ones: the next script gets a loop of its own.
            forget_host()
            host.close()
    if presses and task.cancelled():
        raise KeyboardInterrupt


async def _end_others() -> None:
    """Cancel what still runs, a render in the middle of its frame."""
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()


@contextmanager
def _cancelled_by_ctrl_c(host: BlenderHost, task: asyncio.Task[Any]) -> Iterator[list[int]]:
    presses: list[int] = []

    def cancel(number: int, _frame: FrameType | None) -> None:
        presses.append(number)
        if len(presses) > 1:
            raise KeyboardInterrupt
        host.loop.call_soon_threadsafe(task.cancel)

    if threading.current_thread() is not threading.main_thread():
        yield presses
        return
    was_blenders = sigint.is_in_force()
    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield presses
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)
        if was_blenders:
            sigint.restore()


def close_host(timeout: float = TIMEOUT) -> None:
    """Cancel all tasks, wait a bounded time for them, name those that refuse, and close the loop.

    Tasks that render need Blender's main loop to end their job. They get it: then this returns at once, and the loop is
    closed when they are done, or when the time is over; but never before the job is gone. A frame may take minutes, and
    Blender would write it, and all that follow, with the settings that the scene is given back.

    Args:
        timeout: seconds.
    """
    host = host_in_use()
    if host is None:
        return
    tasks = asyncio.all_tasks(host.loop)
    for task in tasks:
        task.cancel()
    is_rendering = _is_rendering(host)
    timeout = max(timeout, RENDER_TIMEOUT) if is_rendering else timeout
    deadline = monotonic() + timeout

    def finish() -> float | None:
        nonlocal deadline
        if host_in_use() is not host:
            return None
        if host.render_lock.locked() and is_job_running("RENDER"):
            deadline = max(deadline, monotonic() + TIMEOUT)  # what is left to do when it is gone takes its time, too
        if asyncio.all_tasks(host.loop) and monotonic() < deadline:
            return POLL
        _close(host, timeout)
        return None

    if host.loop.is_running() or is_rendering:
        _later.append(finish)
        add_timer(finish, POLL)
        return
    if tasks:
        host.run_until_done(host.loop.create_task(_wait(tasks, deadline)))
    _close(host, timeout)


_later: list[Callable[[], float | None]] = []
"""The timers that close a loop; those that have done it are no longer registered."""


def take_back_closing() -> None:
    """Keep a loop that waits for its renders' end: the add-on is enabled again. Cancelled tasks end by themselves."""
    for finish in _later:
        remove_timer(finish)
    _later.clear()


def _is_rendering(host: BlenderHost) -> bool:
    """Whether Blender is at a render or another of its own operators, which only its main loop brings to an end.

    A viewport render is no job before 5.0; but whoever waits for one holds the lock.
    """
    return is_job_running("RENDER") or (not bpy.app.background and host.render_lock.locked())


async def _wait(tasks: set[asyncio.Task[Any]], deadline: float) -> None:
    await asyncio.wait(tasks, timeout=deadline - monotonic())


def _close(host: BlenderHost, timeout: float) -> None:
    try:
        for task in asyncio.all_tasks(host.loop):
            name = task.get_name()
            print(f"Async Render: {name!r} was cancelled and has not ended in {timeout:g} s:", file=sys.stderr)
            task.print_stack(limit=5)
            _close_coroutine(task)
    finally:  # no timer comes back to it
        forget_host()
        host.close()


def _close_coroutine(task: asyncio.Task[Any]) -> None:
    """Let at least its `finally` blocks run, which restore a scene's settings."""
    coroutine: Any = task.get_coro()
    try:
        coroutine.close()
    except BaseException as error:  # noqa: BLE001 - it is shown, and the others have to be closed, too
        show_error(error)
