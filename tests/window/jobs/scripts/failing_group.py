"""A task group that renders, and fails."""

from __future__ import annotations

import asyncio

import async_render as ar


async def fail() -> None:
    await asyncio.sleep(1)
    raise ValueError("mine")


async def group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=1000)))
        group.create_task(fail())
