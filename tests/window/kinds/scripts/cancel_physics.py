"""Cancels bakes of a cloth of many points at random moments."""

from __future__ import annotations

import asyncio
import random

import bpy

import async_render as ar


def modal() -> list[str]:
    return [item.bl_idname for w in bpy.context.window_manager.windows for item in w.modal_operators]


def datablocks() -> list[str]:
    return [item.name for kind in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes) for item in kind]


plane = bpy.data.objects["Plane"]
plane.modifiers.new("Dense", "SUBSURF").levels = 5
names = datablocks()


async def cancel_physics(count: int) -> None:
    plane.modifiers.new("Cloth", "CLOTH").point_cache.frame_end = 2000
    for _ in range(count):
        baking = asyncio.create_task(ar.bake_physics())
        while "PTCACHE_OT_bake_all" not in modal():
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0, 0.5))
        assert "PTCACHE_OT_bake_all" in modal()
        assert [item.state.value for item in ar.queue()] == ["running"]
        baking.cancel()
        while not baking.done():
            await asyncio.sleep(0.01)
            assert datablocks() == names
        assert baking.cancelled()
        assert "PTCACHE_OT_bake_all" not in modal()
        bpy.ops.ptcache.free_bake_all()
