"""Renders while a bake of the user is under way."""

from __future__ import annotations

import bpy

import async_render as ar


async def beside() -> ar.RenderResult:
    bpy.ops.object.bake("INVOKE_DEFAULT", type="COMBINED")
    assert bpy.app.is_job_running("OBJECT_BAKE")
    return await ar.render_animation(ar.RenderSettings(frame_end=1, samples=1))
