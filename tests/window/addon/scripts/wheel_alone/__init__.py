"""An add-on that bundles the wheel: an operator renders, one blocks the window."""

import asyncio
import time
from typing import Any

import bpy

import async_render as ar

outcomes: list[int | str] = []
task: asyncio.Task[None] | None = None


async def render(frames: int, filepath: str) -> None:
    settings = ar.RenderSettings(frame_start=1, frame_end=frames, filepath=filepath)
    try:
        outcomes.append(len((await ar.render_animation(settings)).files))
    except (asyncio.CancelledError, ar.RenderCancelled) as error:
        outcomes.append(type(error).__name__)
        raise


async def block() -> None:
    time.sleep(1.5)  # noqa: ASYNC251 - what is tested


class ALONE_OT_render(bpy.types.Operator):
    bl_idname = "alone.render"
    bl_label = "Render"

    frames: bpy.props.IntProperty()
    filepath: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[Any]:
        global task
        task = ar.run(render(self.frames, self.filepath))
        return {"FINISHED"}


class ALONE_OT_block(bpy.types.Operator):
    bl_idname = "alone.block"
    bl_label = "Block"

    def execute(self, context: bpy.types.Context) -> set[Any]:
        ar.run(block())
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((ALONE_OT_render, ALONE_OT_block))
