"""A coroutine with a step that takes longer than a frame."""

from __future__ import annotations

import asyncio
import time


async def main() -> None:
    await asyncio.sleep(0)
    time.sleep(0.02)  # noqa: ASYNC251 - what is tested
    await asyncio.sleep(0)
