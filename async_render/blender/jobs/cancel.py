"""Cancelling Blender's jobs: stop a job, and wait until it is gone.

A script cancels its task; then each kind of work ends in its own way. Work that still waits in the queue leaves the
queue at once. The flag is Blender's own, which the Esc key sets: `quirks/break_flag.py`.

| kind | how it is cancelled | how soon |
|---|---|---|
| animation, still: Cycles | the flag | within a frame, after a batch of samples |
| the same: EEVEE, Workbench | the flag | after the frame that is rendered |
| the same, headless | the flag, set by the main thread | Python engines (Cycles): within a frame; others: after it |
| viewport render, 5.0 and later | the flag | after the frame that is drawn |
| viewport render, before 5.0 | the scene's last frame becomes its first one | after the frame that is drawn |
| bake of textures | the flag | within a sample |
| bake of physics | the flag | after the frame that is simulated |
| other operators of Blender's | the flag | as their job asks for it; the task waits 10 s at most |
| the same, headless | the render alone: the flag | as an animation; all others end by themselves |
| operators of add-ons | the caller's `stop=` | as the add-on does it; the task waits 10 s at most |
| mixdown, 5.2 and later | nothing stops it | when the file is complete |
| mixdown before 5.2, loading a file | the main thread does nothing else | when Blender returns |
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, get_args

from ...render.blender_names import JobName
from ..host.own_loop import require_own_loop
from ..quirks.break_flag import BreakFlag
from ..window.windows import is_job_running

JOBS: tuple[str, ...] = get_args(JobName)
"""The types of jobs that `bpy.app.is_job_running` knows."""

ENDED_BY_A_RENDER = ("RENDER", "OBJECT_BAKE")
"""The types of jobs that Blender ends when a render starts: the user's, too."""

POLL_INTERVAL = 0.02
"""Seconds between two polls for a job that is not gone. A render that keeps all cores busy waits for each of them."""

FLAG_INTERVAL = 0.25
"""Seconds until the flag is set again: some jobs clear it on their own thread when they begin."""


async def stop_job(gone: Coroutine[Any, Any, None], flag: BreakFlag, is_ours: Callable[[], bool]) -> None:
    """Set Blender's flag until a job is gone.

    Args:
        gone: a coroutine that ends when the job is gone.
        flag: the flag.
        is_ours: called before each time that the flag is set. The flag ends all jobs, also a job that the user has
            started meanwhile.
    """
    waiting = asyncio.ensure_future(gone)
    try:
        while not waiting.done():
            if is_ours():
                flag.set()
            await asyncio.wait([waiting], timeout=FLAG_INTERVAL)
        await waiting
    finally:
        waiting.cancel()


async def jobs_gone(types: Collection[str] = ENDED_BY_A_RENDER) -> None:
    """Wait until Blender runs no job of these types, whoever has started it. By default: until a render may start."""
    while any(map(is_job_running, types)):
        await asyncio.sleep(POLL_INTERVAL)


async def job_done(job: JobName) -> None:
    """Wait until Blender runs no job of this type, whoever has started it. Headless Blender has no jobs.

    Args:
        job: `"RENDER"`, `"RENDER_PREVIEW"`, `"OBJECT_BAKE"`, `"COMPOSITE"` or `"SHADER_COMPILATION"`.

    Raises:
        ValueError: Blender has no such type.

    Example:
        >>> await ar.job_done("OBJECT_BAKE")
    """
    require_own_loop("ar.job_done()")
    if job not in JOBS:
        raise ValueError(f"job={job!r} is not a type of job that Blender knows; write one of {', '.join(JOBS)}")
    await jobs_gone([job])
