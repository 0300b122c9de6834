"""A pool for a session that was never saved: a worker is killed, a call is cancelled, and then frames take hours."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import bpy

import async_render as ar

folder = Path(sys.argv[-1])


async def main() -> None:
    scene: Any = bpy.context.scene
    scene.render.engine, scene.frame_end = "CYCLES", 8
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    async with ar.BlenderPool(2, log_folder=folder / "logs") as pool:
        numbers = []
        async with pool.render_frames(filepath=f"{folder}/first/", samples=1) as frames:
            async for frame in frames:
                numbers.append(frame.number)
                if len(numbers) == 3:
                    os.kill(next(worker.pid for worker in pool.workers if worker.pid), signal.SIGKILL)
        print("frames", sorted(numbers), flush=True)
        for _ in range(2):
            rendering = asyncio.create_task(pool.render_animation(filepath=f"{folder}/out/", samples=1 << 24))
            while len(list((folder / "out").glob(".async_render_frames_*"))) < 2:
                assert not rendering.done(), rendering
                await asyncio.sleep(0.01)
            print("workers", *[worker.pid for worker in pool.workers], flush=True)
            begin = monotonic()
            if sys.stdin.readline() == "cancel\n":
                rendering.cancel()
            await asyncio.wait([rendering])
            print("cancelled", rendering.cancelled(), monotonic() - begin, list((folder / "out").iterdir()), flush=True)


ar.run(main())
