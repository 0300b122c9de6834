"""Runs for ever in lines without `await`."""

from __future__ import annotations

import async_render as ar


async def main() -> None:
    print("it runs", flush=True)
    number = 0
    while number >= 0:  # for ever
        number += 1


ar.run(main())
