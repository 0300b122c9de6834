"""Cancels renders at random moments, and looks at what is left of each."""

from __future__ import annotations

import asyncio
import random
import time

import bpy

import async_render as ar

waits: list[float] = []
left: list[str] = []
alive: list[bool] = []


def remains() -> list[str]:
    kinds = (bpy.data.scenes, bpy.data.meshes, bpy.data.objects)
    return [item.name for kind in kinds for item in kind if item.name.startswith("Async Render")]


async def cancel_again_and_again(count: int, seconds: float) -> None:
    for _ in range(count):
        render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=2000)))
        await asyncio.sleep(random.uniform(0.0, seconds))
        alive.append(bpy.app.is_job_running("RENDER"))
        begin = time.perf_counter()
        render.cancel()
        try:
            await render
        except asyncio.CancelledError:
            waits.append(time.perf_counter() - begin)
        left.extend(remains())
        assert not bpy.app.is_job_running("RENDER")
        assert bpy.context.scene.cycles.samples == 8
    await ar.render_animation(ar.RenderSettings(frame_end=1, filepath="//next_"))
