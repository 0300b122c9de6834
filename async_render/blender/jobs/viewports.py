"""The drawings of 3D viewports that must end before a job of EEVEE begins."""

from __future__ import annotations

from time import perf_counter

import bpy

from ..host.host import get_host
from ..settings.fields import EEVEE

MAX_TURNS = 34
"""Main-loop turns that a job waits for the viewports at most. *Viewport Anti-Aliasing* makes 32 drawings at most; some
viewports are never at rest, since an add-on has them drawn again and again."""

TIMEOUT = 5.0
"""Seconds that a job waits for the viewports at most: a heavy scene takes long to draw."""


async def viewports_drawn(engine: str) -> None:
    """Wait until the 3D viewports have drawn what was changed, where their drawings would hold the window up.

    After a change a viewport draws in turn after turn until its picture is smooth: 8 times, as *Viewport
    Anti-Aliasing* says. Where EEVEE renders, each of these drawings waits for a frame, and the window waits with it.
    Most settings are such a change, also the output path.

    Args:
        engine: the engine that will render.
    """
    if engine not in EEVEE:
        return
    drawings = 0

    def count() -> None:
        nonlocal drawings
        drawings += 1

    handle = bpy.types.SpaceView3D.draw_handler_add(count, (), "WINDOW", "PRE_VIEW")
    deadline = perf_counter() + TIMEOUT
    try:
        for _ in range(MAX_TURNS):
            before = drawings
            await get_host().next_turn()  # the next turn comes after the drawing of this turn
            if drawings == before or perf_counter() > deadline:
                break
    finally:
        bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
