"""Counts the functions that listen to `render_stats` while frames are rendered."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar

counts: list[int] = []


async def look() -> None:
    while True:
        counts.append(len(bpy.app.handlers.render_stats))
        await asyncio.sleep(0.005)


async def count_listeners() -> ar.RenderResult:
    looking = asyncio.create_task(look())
    while len(counts) <= 20:
        result = await ar.render_animation(ar.RenderSettings(frame_end=6, samples=8, resolution_percentage=1000))
    looking.cancel()
    return result
