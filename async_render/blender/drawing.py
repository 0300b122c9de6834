"""What the window draws before a job begins."""

from __future__ import annotations

from time import perf_counter

import bpy

from .host import get_host

EEVEE = frozenset(("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"))

LIMIT = 5.0
"""Seconds that a job waits for it. A viewport in *Rendered* mode may take longer."""


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
        before = None
        while drawings != before and perf_counter() < deadline:
            before = drawings
            await get_host().next_turn()  # which comes after the drawing of this one
    finally:
        bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
