"""A thread that is busy."""

from __future__ import annotations

import asyncio
import time

import async_render as ar


async def main() -> None:
    waiting = asyncio.create_task(asyncio.to_thread(time.sleep, 600))  # noqa: F841, RUF006 - a name keeps it
    await asyncio.sleep(0.1)


ar.run(main())
