"""An add-on that bundles the wheel: an operator renders, one blocks the window, one waits. A panel has the list."""

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


class ALONE_OT_wait(ar.AsyncOperator):
    bl_idname = "alone.wait"
    bl_label = "Render Shots"

    async def run(self, context: bpy.types.Context) -> None:
        self.report({"INFO"}, "two shots are to be rendered")
        self.progress(0.5, "shot 2 of 2")
        await asyncio.Event().wait()


class ALONE_PT_shots(bpy.types.Panel):
    bl_space_type = "TEXT_EDITOR"
    bl_region_type = "UI"
    bl_category = "Async Render"
    bl_label = "Renders"

    def draw(self, context: bpy.types.Context) -> None:
        assert self.layout is not None
        ar.draw_activities(self.layout)


register, unregister = bpy.utils.register_classes_factory(
    (ALONE_OT_render, ALONE_OT_block, ALONE_OT_wait, ALONE_PT_shots)
)
