"""A scene beside the window's, which the user renames in the last main-loop turn before Blender's job of it begins."""

from __future__ import annotations

from typing import Any

import bpy

import async_render.blender.jobs.render_job as module

render_job: Any = module
drawn = render_job.viewports_drawn
other: Any = bpy.data.scenes.new("Other")
other.camera = bpy.context.scene.camera
other.render.engine, other.cycles.samples, other.cycles.use_denoising = "CYCLES", 1, False
other.render.resolution_x, other.render.resolution_y, other.frame_end = 32, 16, 2


async def drawn_and_renamed(engine: str) -> None:
    await drawn(engine)
    if other.name == "Other":
        other.name = "Renamed"
        bpy.data.scenes.new("Other").camera = other.camera  # whoever goes by the name gets this one


render_job.viewports_drawn = drawn_and_renamed
