"""Cancels Blender's own render operator, which a script awaits."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar


async def cancel() -> tuple[bool, bool]:
    bpy.context.scene.cycles.samples, bpy.context.scene.render.resolution_percentage = 4096, 1000
    running = asyncio.create_task(ar.operator(bpy.ops.render.render, animation=True))
    while not bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    running.cancel()
    await asyncio.wait([running])
    return running.cancelled(), bpy.app.is_job_running("RENDER")
