"""A script that ends, and one that fails, while somebody types into a text."""

import asyncio
from typing import Any

import bpy

import async_render as ar

context: Any = bpy.context
typed = bpy.data.texts.new("typed")
editor = next(area for area in context.screen.areas if area.type == "TEXT_EDITOR")
editor.spaces.active.text = typed


async def typing(count: int) -> None:
    """Wait until so many characters are typed."""
    while len(typed.as_string()) < count:
        await asyncio.sleep(0.02)


async def fails() -> None:
    """Fail in the middle of the typing."""
    await typing(90)
    raise ValueError("no camera")


ar.run(typing(30), name="ends.py")
failing = ar.run(fails(), name="fails.py")
