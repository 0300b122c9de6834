"""Render handlers that wait for the main thread."""

from __future__ import annotations

import asyncio
import os

import bpy

import async_render as ar
from async_render.blender.host import threads

refused: list[str] = []


def ask(*_: object) -> None:
    try:
        ar.call_in_main_thread(lambda: len(bpy.data.objects))
    except RuntimeError as error:
        refused.append(str(error))


def prepare(file: str, standstill: float) -> None:
    """Save the file, and make two undo steps."""
    threads.STANDSTILL = standstill
    ar.get_loop()
    bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.mesh.primitive_cube_add()
        bpy.ops.ed.undo_push()
        bpy.ops.ed.undo_push(message="another")


def render(file: str) -> asyncio.Task[ar.RenderResult]:
    """Render many frames into the file's folder."""
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.filepath = os.path.dirname(file) + "/####"
    scene.frame_end = 2000
    for handlers in (bpy.app.handlers.render_pre, bpy.app.handlers.render_post):
        handlers.append(ask)
    return ar.create_task(ar.render_animation())


def undo() -> None:
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.ed.undo()
