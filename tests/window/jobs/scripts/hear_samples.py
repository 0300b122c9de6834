"""Notes what `render_stats` tells of samples, and when we listen to it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import bpy

import async_render as ar
from async_render.blender.jobs import render_job  # noqa: F401 - the test reads a constant of it

heard: list[str] = []
seen = {0}
listening: list[int] = []
seconds = 0.0


def hear(text: Any, _: object = None) -> None:
    heard.append(text)


async def look(frames: ar.Frames) -> None:
    while True:
        await asyncio.sleep(0.005)
        seen.add(frames.progress.sample or 0)
        listening.append(len(bpy.app.handlers.render_stats))


async def hear_samples() -> None:
    global seconds
    bpy.app.handlers.render_stats.append(hear)
    await ar.render_animation(ar.RenderSettings(frame_end=1, samples=256))
    bpy.app.handlers.render_stats.remove(hear)
    begin = time.perf_counter()
    async with ar.render_frames(ar.RenderSettings(frame_end=2, samples=256, resolution_percentage=500)) as frames:
        looking = asyncio.create_task(look(frames))
        async for _ in frames:
            pass
        looking.cancel()
    seconds = time.perf_counter() - begin
    await asyncio.sleep(0.5)
