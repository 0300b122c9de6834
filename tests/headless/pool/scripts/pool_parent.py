"""A process with a pool that renders its session for hours; it exits, or the test ends it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import bpy

import async_render as ar
from async_render import addon
from tests.support.workers import seconds_until_gone

folder, how = Path(sys.argv[-2]), sys.argv[-1]


async def main() -> None:
    scene = bpy.context.scene
    assert scene is not None
    scene.render.engine, scene.frame_end = "CYCLES", 4
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    addon.register()
    pool = ar.BlenderPool(2, log_folder=folder)
    pool.open()
    await pool.render_animation(filepath=f"{folder}/first/", samples=1)
    rendering = asyncio.create_task(pool.render_animation(filepath=f"{folder}/out/", samples=1 << 24))
    while len(list((folder / "out").glob(".async_render_frames_*"))) < 2:
        assert not rendering.done(), rendering
        await asyncio.sleep(0.01)
    print("workers", *[worker.pid for worker in pool.workers], flush=True)
    if how == "disable":
        workers = [worker.pid for worker in pool.workers if worker.pid is not None]
        addon.unregister()
        assert seconds_until_gone(workers) < 1, "unregister() has waited"
        print("gone", flush=True)
    if how == "exit":
        sys.exit(4)
    await rendering


ar.run(main())
