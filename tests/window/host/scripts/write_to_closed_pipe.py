"""Writes into a pipe that nobody reads."""

from __future__ import annotations

import os

import async_render as ar


async def main() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        os.write(writing, b"text")
    except BrokenPipeError as error:
        print("an error:", type(error).__name__)


ar.run(main())
