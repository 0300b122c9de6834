"""Opens files in a row, and renders two frames of each."""

from __future__ import annotations

from pathlib import Path

import bpy

import async_render as ar


async def open_both(*files: str) -> list[str]:
    opened = []
    for file in files:
        await ar.open_file(file)
        bpy.context.scene.frame_end = 2
        bpy.context.scene.render.filepath = f"//{Path(file).stem}/"
        await ar.operator(bpy.ops.render.render, animation=True)
        opened.append(bpy.data.filepath)
    return opened
