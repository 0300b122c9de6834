"""A bake that only an end from outside ends within a test."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar


async def bake_while_a_file_is_opened() -> None:
    bpy.context.scene.cycles.samples, bpy.context.scene.cycles.use_adaptive_sampling = 1_000_000, False
    bpy.context.scene.cycles.use_denoising = False  # Debian's 4.3 cannot, and its bakes end at once
    baking = asyncio.create_task(ar.bake("COMBINED"))
    while not bpy.app.is_job_running("OBJECT_BAKE"):
        await asyncio.sleep(0.02)
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    await baking
