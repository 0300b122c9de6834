"""A pool of two workers in the window. `open_pool`, `render` and `endless` are for the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

import async_render as ar
from async_render.render.activity import activities as activities

scene: Any = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 32
scene.render.resolution_percentage = 100
scene.frame_start, scene.frame_end = 1, 12
turns: list[int] = []
results: list[Any] = []
pool: Any = None


def count_turns() -> float:
    """Count the window's turns."""
    turns.append(len(results))
    return 0.0


bpy.app.timers.register(count_turns)


async def serve() -> None:
    """Keep a pool open until the add-on is disabled, or Blender quits."""
    global pool
    async with ar.BlenderPool(2) as pool:
        await ar.handler("load_pre")


async def render(folder: Path) -> None:
    """Render the session as it is now."""
    results.append(await pool.render_animation(filepath=f"{folder}/####"))


async def endless(folder: Path) -> None:
    """Render frames that take minutes each."""
    overrides = {"cycles.use_adaptive_sampling": False}
    await pool.render_animation(filepath=f"{folder}/####", samples=10_000_000, overrides=overrides)


def pids() -> list[int]:
    """The processes of the workers."""
    return [] if pool is None else [worker.pid or 0 for worker in pool.workers]


def states() -> list[str]:
    """What the workers do."""
    return [worker.state for worker in pool.workers]
