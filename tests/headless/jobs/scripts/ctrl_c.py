"""Renders in a task, and gets Ctrl-C in its main coroutine.

    python ctrl_c.py FOLDER {once,twice}

The second Ctrl-C comes while the main coroutine waits for ever.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import bpy

import async_render as ar

folder, presses = sys.argv[1:]
scene = bpy.data.scenes[0]
scene.render.engine = "CYCLES"
scene.cycles.samples = 1_000_000
scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y = (
    640,
    360,
)  # the first samples of a small picture come in long batches
scene.render.threads_mode, scene.render.threads = "FIXED", 1


async def render(in_frame: asyncio.Event) -> None:
    try:
        async with ar.render_frames(filepath=f"{folder}/####") as frames:
            while not frames.progress.sample:
                await asyncio.sleep(0.01)
            in_frame.set()
            async for _ in frames:
                pass
    except asyncio.CancelledError:
        print("the render is cancelled", flush=True)
        raise


async def main() -> None:
    in_frame = asyncio.Event()
    rendering = asyncio.create_task(render(in_frame))  # noqa: F841, RUF006 - a name keeps it
    await in_frame.wait()
    os.kill(os.getpid(), signal.SIGINT)
    try:
        await asyncio.Event().wait()
    finally:
        if presses == "twice":
            asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()  # it would wait for ever


try:
    ar.run(main())
finally:
    print("its settings are back:", "####" not in scene.render.filepath, flush=True)
