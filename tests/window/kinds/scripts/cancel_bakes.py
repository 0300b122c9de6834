"""Cancels bakes at random moments; then bakes and renders once more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import bpy

import async_render as ar


async def cancel_bakes(*bakes: Callable[[], Coroutine[Any, Any, object]]) -> tuple[list[str], list[str]]:
    bpy.context.scene.cycles.samples, bpy.context.scene.cycles.use_adaptive_sampling = 1_000_000, False
    bpy.context.scene.cycles.use_denoising = False  # Debian's 4.3 cannot, and its bakes end at once
    for bake in bakes:
        running = asyncio.create_task(bake())
        while not bpy.app.is_job_running("OBJECT_BAKE"):
            await asyncio.sleep(0.02)
        await asyncio.sleep(random.uniform(0.0, 1.2))
        assert bpy.app.is_job_running("OBJECT_BAKE")
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
        assert not bpy.app.is_job_running("OBJECT_BAKE")
    bpy.context.scene.cycles.samples = 4
    await ar.bake("EMIT")
    await ar.render_animation(ar.RenderSettings(frame_end=1))
    return [scene.name for scene in bpy.data.scenes], [camera.name for camera in bpy.data.cameras]
