"""Renders pictures, and encodes them; counts the turns of the loop meanwhile."""

from __future__ import annotations

import asyncio

import bpy

import async_render as ar

turns = 0


def facts() -> list[object]:
    """What is as before."""
    scene = bpy.context.scene
    assert scene is not None
    render = scene.render
    return [[item.name for item in bpy.data.scenes], scene.name, render.filepath, render.image_settings.file_format]


async def film() -> str:
    async def count() -> None:
        global turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    pictures = await ar.render_animation(
        filepath="//pictures/####", frames="3-5", file_format="PNG", samples=1, resolution_percentage=1000
    )
    counting = asyncio.ensure_future(count())
    result = await ar.encode(
        pictures.files,
        ar.RenderSettings(frame_start=3),
        filepath="//film_",
        file_format="FFMPEG",
        container="MKV",
        audio_codec="NONE",
    )
    counting.cancel()
    return result.files[0].name
