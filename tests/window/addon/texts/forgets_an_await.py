"""Forgets an `await` in its main."""

import asyncio

import async_render as ar


async def main() -> None:
    ar.render_still()  # type: ignore[unused-coroutine]  # forgotten
    await asyncio.sleep(0.1)
