"""What the window draws before a job begins."""

from __future__ import annotations

from time import perf_counter

import bpy

from ..host.host import get_host
from ..settings.fields import EEVEE

MOST = 34
"""Turns of the window that a job waits for it: *Viewport Anti-Aliasing* is 32 drawings at most. Some are never at rest,
when an add-on has them drawn again and again."""

LIMIT = 5.0
"""Seconds that it waits: a heavy scene takes long to draw."""


async def viewports_drawn(engine: str) -> None:
    """Wait until the 3D viewports have drawn what was changed, where that would hold the window up.

    A viewport draws in turn after turn until its picture is smooth: 8 times, as *Viewport Anti-Aliasing* says. Where
    EEVEE renders, each of these drawings waits for a frame, and the window with it. Most settings are such a change,
    the output path, too.

    Args:
        engine: that will render.
    """
    if engine not in EEVEE:
        return
    drawings = 0

    def count() -> None:
        nonlocal drawings
        drawings += 1

    handle = bpy.types.SpaceView3D.draw_handler_add(count, (), "WINDOW", "PRE_VIEW")
    deadline = perf_counter() + LIMIT
    try:
        for _ in range(MOST):
            before = drawings
            await get_host().next_turn()  # which comes after the drawing of this one
            if drawings == before or perf_counter() > deadline:
                break
    finally:
        bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
