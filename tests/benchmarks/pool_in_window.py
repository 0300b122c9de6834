"""The turns of Blender's window, at rest and while a pool of two workers renders. `pool.py` runs this in a window."""

from __future__ import annotations

from itertools import pairwise
from statistics import quantiles
from time import perf_counter
from typing import Any

import bpy

import async_render as ar

scene: Any = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 10_000, False
scene.cycles.use_adaptive_sampling = False
scene.frame_start, scene.frame_end = 1, 1000
turns: list[float] = []
pool: Any = None


def note_turn() -> float:
    """Note the time of a turn."""
    turns.append(perf_counter())
    return 0.0


bpy.app.timers.register(note_turn)


def is_over(seconds: float) -> bool:
    """Return whether so many seconds of turns are noted."""
    return len(turns) > 30 and turns[-1] - turns[0] > seconds


def p95() -> float:
    """Return the 95th percentile of the turns, in seconds."""
    return quantiles([after - before for before, after in pairwise(turns)], n=20)[-1]


async def render() -> None:
    """Render for as long as the task lives."""
    global pool
    async with ar.BlenderPool(2) as pool:
        await pool.render_animation(filepath=f"{bpy.app.tempdir}out/####")


def is_rendering() -> bool:
    """Return whether both workers render."""
    return pool is not None and [worker.state for worker in pool.workers] == ["busy", "busy"]
