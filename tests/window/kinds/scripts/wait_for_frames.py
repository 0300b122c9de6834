"""Waits for what handlers bring of a render."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar


async def written() -> tuple[str, int, str]:
    frames = 0
    rendering = asyncio.create_task(ar.handler("render_complete"))
    bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    async for scene in ar.handler_stream("render_write"):
        frames += 1
        if frames == 12:
            return scene.name, frames, (await rendering).name
    raise AssertionError("the stream has ended")
