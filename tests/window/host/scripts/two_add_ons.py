"""Two add-ons that share a queue and the loop."""

from __future__ import annotations

import asyncio

import async_render as ar

queue: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()


async def add_on_a() -> None:
    for number in range(3):
        await queue.put((number, asyncio.get_running_loop() is ar.get_loop()))


async def add_on_b() -> list[tuple[int, bool]]:
    return [await queue.get() for _ in range(3)]


b = ar.create_task(add_on_b())
a = ar.get_loop().create_task(add_on_a())
