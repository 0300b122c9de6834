"""Renders the frames that are missing, with so many samples: what is quickly killed has to last some time.

blender -b --python resume.py -- FOLDER SAMPLES
"""

from __future__ import annotations

import sys

import bpy

import async_render as ar

bpy.context.scene.render.engine = "CYCLES"
bpy.context.scene.cycles.use_denoising = False
folder, samples = sys.argv[-2:]
settings = ar.RenderSettings(frame_end=12, filepath=f"{folder}/frame_", samples=int(samples), resolution_percentage=10)


async def main() -> None:
    async with ar.render_frames(settings, resume=True) as frames:
        async for frame in frames:
            print("written", frame.number, flush=True)
    print("skipped", frames.result.skipped)


ar.run(main())
