"""Blocks the window by an operator of Blender's."""

import asyncio

import bpy

await asyncio.sleep(0.1)
bpy.ops.wm.redraw_timer(type="ANIM_STEP", time_limit=3)  # steps
await asyncio.sleep(1)
