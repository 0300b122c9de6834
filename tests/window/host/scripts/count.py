"""Counts as long as the loop lives."""

from __future__ import annotations

import asyncio

import async_render as ar


async def count() -> None:
    while True:
        await asyncio.sleep(0.01)
        counted[0] += 1


counted = [0]
counting = ar.create_task(count())
