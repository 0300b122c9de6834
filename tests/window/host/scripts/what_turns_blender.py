"""Calls what lets Blender draw, load and handle events, from a coroutine: each of these ticks the loop."""

from __future__ import annotations

import asyncio
from typing import Any

import bmesh  # noqa: F401 - of Blender's own modules one that was not imported yet
import bpy

import async_render as ar
from async_render.blender.host import host

log: list[Any] = []
operators: Any = bpy.ops.wm
loop: Any = ar.get_loop()


class Modal(bpy.types.Operator):
    bl_idname, bl_label = "wm.loop_life", "Modal"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:
        self.timer = context.window_manager.event_timer_add(0.01, window=context.window)
        context.window_manager.modal_handler_add(self)
        self.seen = 0
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:
        log.append(("modal", loop.tick()))
        self.seen += event.type == "TIMER"
        if self.seen < 5:
            return {"RUNNING_MODAL"}
        context.window_manager.event_timer_remove(self.timer)
        log.append("modal ended")
        return {"FINISHED"}


def drawn() -> None:
    if asyncio._get_running_loop() is not None:
        log.append(("drawn in a tick", loop.tick(), host._turn()))


@bpy.app.handlers.persistent
def loaded(*_: object) -> None:
    log.append(("loaded in a tick", loop.tick(), host._turn()))


bpy.utils.register_class(Modal)
bpy.types.SpaceView3D.draw_handler_add(drawn, (), "WINDOW", "POST_PIXEL")
bpy.app.handlers.load_post.append(loaded)


async def use_operators(file: str) -> str:
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        operators.loop_life("INVOKE_DEFAULT")
    while "modal ended" not in log:
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=3)
    await asyncio.sleep(0)
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.open_mainfile(filepath=file)
    await asyncio.sleep(0.1)
    return "through"
