"""Renders that end in every way."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar
from tests.support.small_scene import folder


async def main() -> None:
    await ar.render_still()
    await ar.render_animation(ar.RenderSettings(frame_end=1))
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/a.blend")
    await ar.open_file(f"{folder}/a.blend")
    async with ar.render_frames() as frames:
        await anext(frames)
    rendering = asyncio.create_task(ar.render_animation(ar.RenderSettings(frame_end=500)))
    await asyncio.sleep(0.1)
    rendering.cancel()
    await asyncio.wait([rendering])


ar.run(main())
