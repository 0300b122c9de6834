"""Stopping Blender's jobs at once: renders in the middle of a frame, bakes within a step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..host.host import REST, get_host
from ..quirks.break_flag import BreakFlag
from ..window.windows import is_job_running

AGAIN = 0.25
"""Seconds after which the flag is set once more: some jobs clear it on their own thread when they begin."""


async def stop(gone: Coroutine[Any, Any, None], flag: BreakFlag, is_ours: Callable[[], bool]) -> None:
    """Stop the job that Blender runs.

    Args:
        gone: ends when that which shall be stopped is gone.
        flag: is set until then.
        is_ours: asked each time before: a job that the user has started meanwhile would end by the same flag.
    """
    waiting = asyncio.ensure_future(gone)
    try:
        while not waiting.done():
            if is_ours():
                flag.set()
            await asyncio.wait([waiting], timeout=AGAIN)
        await waiting
    finally:
        waiting.cancel()


async def job_gone() -> None:
    """Wait until Blender has no render job, not even one that the user started."""
    while is_job_running("RENDER"):
        await get_host().next_turn()


async def free_for_render() -> None:
    """Wait until a render may start: it would end the user's render, and his bake."""
    while is_job_running("RENDER") or is_job_running("OBJECT_BAKE"):
        await asyncio.sleep(REST)
