"""Sleeps until Ctrl-C, and cleans up."""

from __future__ import annotations

import asyncio

import async_render as ar


async def main() -> None:
    try:
        print("it runs", flush=True)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.1)
        print("cleaned up", flush=True)


ar.run(main())
