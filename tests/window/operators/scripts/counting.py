"""An add-on with two asynchronous operators: one counts frames, one fails."""

import asyncio
import time
from typing import Any

import bpy

import async_render as ar

ended: list[int] = []
text_menu: Any = bpy.types.TEXT_MT_text


class TEST_OT_count(ar.AsyncOperator):
    """Count frames"""

    bl_idname = "test.count"
    bl_label = "Count Frames"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - as Blender wants it
    steps: bpy.props.IntProperty(default=5000)
    where: bpy.props.FloatVectorProperty(subtype="XYZ")

    async def run(self, context: bpy.types.Context) -> None:
        try:
            for step in range(self.steps):
                self.progress(step / self.steps)
                context.scene.frame_end = 500 + step
                await asyncio.sleep(0.05)
                assert tuple(self.where) == (0, 0, 0)
            self.report({"WARNING"}, f"{self.steps} steps are done")
        finally:
            ended.append(context.scene.frame_end)


class TEST_OT_fail(ar.AsyncOperator):
    """Fail after a while"""

    bl_idname = "test.fail"
    bl_label = "Fail"

    async def run(self, context: bpy.types.Context) -> None:
        await asyncio.sleep(0.1)
        raise ValueError("no such thing")  # mine


class TEST_OT_move(bpy.types.Operator):
    """Move the first frame"""

    bl_idname = "test.move"
    bl_label = "Move"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Move it by five frames."""
        scene: Any = context.scene
        scene.frame_start += 5
        return {"FINISHED"}


class TEST_OT_wait(bpy.types.Operator):
    """Turn Blender's main loop until a counting has ended"""

    bl_idname = "test.wait"
    bl_label = "Wait"

    def execute(self, context: bpy.types.Context) -> Any:
        """Turn it as an operator that shows a picture, or asks a program."""
        before = len(ended)
        bpy.ops.test.count(steps=3)  # type: ignore[attr-defined]
        deadline = time.monotonic() + 60
        while len(ended) == before and time.monotonic() < deadline:
            ar.get_loop().tick()  # type: ignore[attr-defined]
            time.sleep(0.01)
        return {"FINISHED"}


def draw(menu: Any, context: Any) -> None:
    menu.layout.operator("test.count")


def register() -> None:
    bpy.utils.register_class(TEST_OT_count)
    bpy.utils.register_class(TEST_OT_fail)
    bpy.utils.register_class(TEST_OT_move)
    bpy.utils.register_class(TEST_OT_wait)
    text_menu.append(draw)


def unregister() -> None:
    text_menu.remove(draw)
    bpy.utils.unregister_class(TEST_OT_wait)
    bpy.utils.unregister_class(TEST_OT_move)
    bpy.utils.unregister_class(TEST_OT_fail)
    bpy.utils.unregister_class(TEST_OT_count)
