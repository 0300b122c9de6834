"""Cancels a render, one in another file, and one after an undo."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar


async def cancel_once() -> None:
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=2000)))
    while not bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    render.cancel()
    await asyncio.wait([render])
    assert render.cancelled()
    assert not bpy.app.is_job_running("RENDER")


async def cancel_after_load(path: str) -> None:
    await cancel_once()
    await ar.open_file(path, discard=True)
    await cancel_once()
    bpy.context.scene.frame_preview_start = 6
    bpy.ops.ed.undo_push(message="After")
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_preview_start != 6
    await cancel_once()
