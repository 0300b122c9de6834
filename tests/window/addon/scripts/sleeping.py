"""A script that sleeps, and one that does not end at once when it is cancelled."""

from __future__ import annotations

import asyncio

import async_render as ar  # noqa: F401 - for the statements that the test sends

event = asyncio.Event()


async def sleep() -> None:
    await asyncio.sleep(600)


async def stay() -> None:
    try:
        await asyncio.sleep(600)
    finally:
        await event.wait()
