"""The end of a pool in the middle of frames: no process and no hidden folder is left when it returns."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from async_render.output.locked_folders import FRAMES_PREFIX
from async_render.pool import open_pools
from async_render.pool.pool import BlenderPool

from ...support.workers import is_gone
from .test_pool import ENDLESS


@pytest.mark.parametrize("are_stopped", [True, False], ids=["stopped", "busy"])
async def test_an_end_without_time_leaves_no_process_and_no_hidden_folder(
    shot: Path, out: Path, *, are_stopped: bool
) -> None:
    """Workers that do not answer any more, and workers that have no time to answer, are killed. Their folders go when
    the processes are dead, and not when a time is over."""
    pool = BlenderPool(2, blender=sys.executable, file=shot)
    pool.open()
    rendering = asyncio.create_task(pool.render_animation(filepath=f"{out}/f_####", **ENDLESS))
    while len(list(out.glob(f"{FRAMES_PREFIX}*"))) < 2:
        assert not rendering.done(), rendering
        await asyncio.sleep(0.01)
    pids = [worker.pid for worker in pool.workers if worker.pid is not None]
    assert len(pids) == 2
    for pid in pids if are_stopped else ():
        os.kill(pid, signal.SIGSTOP)
    open_pools.end_all(0.0)  # as Blender's quit does, on the main thread: no loop of the caller's turns meanwhile
    assert [pid for pid in pids if not is_gone(pid)] == []
    assert list(out.iterdir()) == []
    await asyncio.wait([rendering])
    assert rendering.cancelled() or rendering.exception() is not None
