"""A pool that renders the session for hours. `driver_namespace["out"]` is the folder of the pictures."""

import asyncio
from pathlib import Path
from typing import Any

import bpy

import async_render as ar

out = Path(bpy.app.driver_namespace["out"])


async def render() -> None:
    global pool
    scene: Any = bpy.context.scene
    scene.render.engine, scene.frame_end = "CYCLES", 8
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    async with ar.BlenderPool(2) as pool:
        await pool.render_animation(filepath=f"{out}/", samples=1 << 24)


def are_rendering() -> bool:
    return len(list(out.glob(".async_render_frames_*"))) == 2 and not task.done()


pool: ar.BlenderPool
task: asyncio.Task[None] = ar.run(render())
