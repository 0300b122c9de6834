"""Cancels renders in the middle of frames that would take minutes, and renders a small one.

blender -b --python cancel_in_frames.py -- FOLDER
"""

from __future__ import annotations

import asyncio
import sys

import bpy

import async_render as ar


async def main() -> None:
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.use_denoising = bpy.context.scene.cycles.use_adaptive_sampling = False
    settings = ar.RenderSettings(samples=10_000_000, filepath=f"{sys.argv[-1]}/a_", resolution_percentage=10)
    for _ in range(3):
        async with ar.render_frames(settings) as frames:
            while not frames.progress.sample:
                await asyncio.sleep(0.05)
        print("cancelled", frames.result)
    print("samples", bpy.context.scene.cycles.samples)
    print("left", [item.name for item in bpy.data.scenes if "Async" in item.name])
    small = settings.replace(samples=1, frame_end=1, resolution_percentage=5)
    print("then", (await ar.render_animation(small)).frames)


ar.run(main())
