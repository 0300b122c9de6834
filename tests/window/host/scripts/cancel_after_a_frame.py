"""Cancels its last render after one frame.

blender -b --python cancel_after_a_frame.py -- FOLDER
"""

from __future__ import annotations

import sys

import bpy

import async_render as ar


async def main() -> None:
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.use_denoising = False
    settings = ar.RenderSettings(samples=1, resolution_percentage=2, filepath=f"{sys.argv[-1]}/a_")
    async with ar.render_frames(settings) as frames:
        await anext(frames)
    print("cancelled", frames.result)


ar.run(main())
