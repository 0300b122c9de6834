"""Render the session on a cluster of the farm's own and by a scheduler, and then frames that take hours.

The test gives the scheduler's address as `driver_namespace["scheduler"]`.
"""

import asyncio

import bpy

import async_render as ar

names = bpy.app.driver_namespace

HOURS = ar.RenderSettings(samples=1 << 24, overrides={"cycles.use_adaptive_sampling": False})


async def main() -> None:
    async with ar.DaskFarm() as own, ar.DaskFarm(names["scheduler"]) as other:
        names["farms"] = {"own": own, "other": other}
        both = [farm.render_animation(filepath=f"//{name}/####") for name, farm in names["farms"].items()]
        names["results"] = await asyncio.gather(*both)
        endless = asyncio.create_task(other.render_animation(HOURS, filepath="//cancelled/####"))
        await asyncio.wait([endless])
        await own.render_animation(HOURS, filepath="//quit/####")
