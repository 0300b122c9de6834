"""Cancels a render, and saves the picture that was seen of it."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar


async def stop_and_save(file: str) -> None:
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=2000)))
    while not any(item.fraction for item in ar.queue()):  # which says that there are samples
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    render.cancel()
    await asyncio.wait([render])
    bpy.data.images["Render Result"].save_render(file)
