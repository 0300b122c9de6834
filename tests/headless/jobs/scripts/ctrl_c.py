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


async def render() -> None:
    try:
        await ar.render_animation(ar.RenderSettings(filepath=f"{folder}/####"))
    except asyncio.CancelledError:
        print("the render is cancelled", flush=True)
        raise


async def main() -> None:
    rendering = asyncio.create_task(render())  # noqa: F841, RUF006 - a name keeps it
    await asyncio.sleep(1)
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
