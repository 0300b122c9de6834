"""Handlers, classes, timers and drivers of others."""

from __future__ import annotations

from typing import Any

import bpy

from async_render import addon  # noqa: F401 - with it comes what lets 4.2 end in order
from tests.support.small_scene import scene


def handler(*_: object) -> str:
    return bpy.app.version_string


def timer() -> float:
    return float(bpy.app.background)


class EXIT_OT_other(bpy.types.Operator):
    bl_idname, bl_label = "exit.other", "Other"

    def execute(self, context: bpy.types.Context) -> set[Any]:
        return {"FINISHED" if bpy.app.background else "CANCELLED"}


handlers: list[Any] = bpy.app.handlers.load_post
handlers.append(handler)
bpy.app.timers.register(timer)
bpy.utils.register_class(EXIT_OT_other)
scene.camera.driver_add("location", 0).driver.expression = "len(str(frame)) + bpy.context.scene.frame_current"
scene.frame_set(2)
