"""A task that does not end when it is cancelled, and one that cleans up."""

from __future__ import annotations

import asyncio
import contextlib

import async_render as ar

log: list[str] = []
enough: list[bool] = []


async def refuse() -> None:
    while not enough:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


async def obey() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.1)
        log.append("cleaned up")


tasks = [ar.create_task(refuse(), name="a stubborn one"), ar.create_task(obey())]
