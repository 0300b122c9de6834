"""Uses `asyncio.run` in an operator, a handler and a timer, as other add-ons may."""

from __future__ import annotations

import asyncio
from typing import Any

import bpy

log: list[str] = []
operators: Any = bpy.ops.wm


def run_beside(where: str) -> None:
    async def beside() -> str:
        await asyncio.sleep(0.01)
        return where

    log.append(asyncio.run(beside()))


class Beside(bpy.types.Operator):
    bl_idname, bl_label = "wm.beside", "Beside"

    def execute(self, context: bpy.types.Context) -> set[Any]:
        run_beside("operator")
        return {"FINISHED"}


bpy.utils.register_class(Beside)
bpy.app.handlers.save_pre.append(lambda *_: run_beside("handler"))
bpy.app.timers.register(lambda: run_beside("timer"))


def use_all(file: str) -> None:
    operators.beside()
    bpy.ops.wm.save_as_mainfile(filepath=file)
