"""Cancels a render, and notes what Blender evaluates anew until it is gone."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar

updated: list[str] = []
until_cancelled: list[list[str]] = []


def note(_: bpy.types.Scene, graph: bpy.types.Depsgraph) -> None:
    updated.extend(update.id.name for update in graph.updates)


async def cancel_and_listen() -> None:
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=2000)))
    while not bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    bpy.app.handlers.depsgraph_update_post.append(note)
    bpy.app.handlers.render_cancel.append(lambda *_: until_cancelled.append(list(updated)))
    render.cancel()
    await asyncio.wait([render])
    assert render.cancelled()
