"""Calls an asynchronous operator that raises SystemExit, and prints at its exit how its activities ended."""

from __future__ import annotations

import asyncio
import atexit

import bpy

import async_render as ar
from async_render.render.activity import activities


class TEST_OT_exit(ar.AsyncOperator):
    bl_idname, bl_label = "test.exit", "Exit"

    async def run(self, context: bpy.types.Context) -> None:
        await asyncio.sleep(0)
        raise SystemExit(3)


atexit.register(lambda: print([activity.state.name for activity in activities]))
bpy.utils.register_class(TEST_OT_exit)
bpy.ops.test.exit()
print("it went on")
