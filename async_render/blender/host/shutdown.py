"""The shutdown of the loop: after a script without a window, and with the add-on in the window."""

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

from ...pool.open_pools import end_all as end_pools
from ..handler_lists import add_timer, remove_timer
from ..quirks import sigint
from ..quirks.lasting_timer import lasting
from ..window.error_display import show_error
from ..window.windows import is_job_running
from .host import BlenderHost, forget_host, host_in_use

TIMEOUT = 0.5
"""Seconds that cancelled tasks have to end when the add-on is disabled, or Blender quits. A person waits meanwhile."""

POOL_TIMEOUT = 5.0
"""Seconds that the workers of pools have to stop their renders and to clean up. Most need half a second, and some on a
busy machine three. Those that need longer are killed, and their hidden folders go when they are dead."""

RENDER_TIMEOUT = 15.0
"""Seconds that cancelled tasks have when a render job must be stopped first. Blender's window lives meanwhile."""

POLL_INTERVAL = 0.05
"""Seconds until the timer checks again whether the cancelled tasks have ended: ten main-loop turns."""


def run_to_the_end(host: BlenderHost, task: asyncio.Task[Any]) -> None:
    """Run a script's task without a window, and cancel the tasks that it left running, as `asyncio.run` does.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed. The task was cancelled, and had its time to clean up. When Ctrl-C is
            pressed again, nothing waits for the task.
    """
    ending: asyncio.Task[None] | None = None

    def end_others(_: object = None) -> asyncio.Task[None]:
        nonlocal ending
        ending = ending or host.loop.create_task(_end_others())
        return ending

    # The script may end while Blender renders for another task, and `run_until_done` waits for that render.
    task.add_done_callback(end_others)
    with _cancelled_by_ctrl_c(host, task) as presses:
        try:
            try:
                host.run_until_done(task)
            finally:
                host.run_until_done(end_others())
        finally:
            # A loop takes no new generators once its generators are shut down: the next script gets a loop of its own.
            forget_host()
            host.close()
    if presses and task.cancelled():
        raise KeyboardInterrupt


async def _end_others() -> None:
    """Cancel the tasks that still run; a render stops in the middle of its frame."""
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()


@contextmanager
def _cancelled_by_ctrl_c(host: BlenderHost, task: asyncio.Task[Any]) -> Iterator[list[int]]:
    """Cancel the task at Ctrl-C, inside the `with` block. Each press is appended to the list.

    A shell that starts a process in the background lets the process ignore Ctrl-C, as `nohup` does. That stays so.
    """
    presses: list[int] = []

    def cancel(number: int, _frame: FrameType | None) -> None:
        presses.append(number)
        if len(presses) > 1:
            raise KeyboardInterrupt
        host.loop.call_soon_threadsafe(task.cancel)

    is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if is_ignored or threading.current_thread() is not threading.main_thread():
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

    Tasks that render need Blender's main loop to end their job. Then this function returns at once. A timer closes the
    loop when the tasks are done or the time is over, but never before the job is gone. A frame may take
    minutes, and Blender would write it, and all later frames, with the scene's restored settings.

    Args:
        timeout: seconds.
    """
    host = host_in_use()
    if host is None:
        end_pools(timeout)
        return
    tasks = asyncio.all_tasks(host.loop)
    for task in tasks:
        task.cancel()
    # Now: their tasks get too little time to stop workers, and end at once when workers are gone.
    end_pools(POOL_TIMEOUT)
    is_rendering = _is_rendering(host)
    timeout = max(timeout, RENDER_TIMEOUT) if is_rendering else timeout
    deadline = monotonic() + timeout

    def finish() -> float | None:
        """Close the loop, or return when to be called again."""
        nonlocal deadline
        if host_in_use() is not host:
            return None
        if host.render_lock.locked() and is_job_running("RENDER"):
            deadline = max(deadline, monotonic() + TIMEOUT)  # the tasks need time after the job, too
        if asyncio.all_tasks(host.loop) and monotonic() < deadline:
            return POLL_INTERVAL
        _close(host, timeout)
        return None

    if host.loop.is_running() or is_rendering:
        timer = lasting(finish)
        _closing_timers.append(timer)
        add_timer(timer, POLL_INTERVAL)
        return
    if tasks:
        host.run_until_done(host.loop.create_task(_wait(tasks, deadline)))
    _close(host, timeout)


_closing_timers: list[Callable[[], float | None]] = []
"""The timers that close a loop. A timer that has done so is no longer registered."""


def keep_host() -> None:
    """Keep a loop that waits for its renders, when the add-on is enabled again. Cancelled tasks end by themselves."""
    for finish in _closing_timers:
        remove_timer(finish)
    _closing_timers.clear()


def _is_rendering(host: BlenderHost) -> bool:
    """Return whether Blender runs a render, or another operator that only its main loop brings to an end.

    A viewport render is no job before 5.0, but the task that waits for it holds the lock.
    """
    return is_job_running("RENDER") or (not bpy.app.background and host.render_lock.locked())


async def _wait(tasks: set[asyncio.Task[Any]], deadline: float) -> None:
    await asyncio.wait(tasks, timeout=deadline - monotonic())


def _close(host: BlenderHost, timeout: float) -> None:
    """Close the loop now. Name the tasks that have not ended, and close their coroutines."""
    try:
        for task in asyncio.all_tasks(host.loop):
            name = task.get_name()
            print(f"Async Render: {name!r} was cancelled and has not ended in {timeout:g} s:", file=sys.stderr)
            task.print_stack(limit=5)
            _abandon(task)
    finally:  # so that no timer finds this host any more
        end_pools(TIMEOUT)
        forget_host()
        host.close()


def _abandon(task: asyncio.Task[Any]) -> None:
    """Let at least the `finally` blocks of the task run: they restore a scene's settings."""
    coroutine: Any = task.get_coro()
    unfinished: Any = task
    unfinished._log_destroy_pending = False  # the task is named already; asyncio's own `gather` sets the same
    try:
        coroutine.close()
    except BaseException as error:  # noqa: BLE001 - it is shown, and the other tasks must be closed, too
        show_error(error)
