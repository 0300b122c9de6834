"""Lets a viewport draw again and again, so that it never shows the settings of a render."""

from __future__ import annotations

import bpy

from async_render.blender.jobs import viewports

viewports.EEVEE = {"CYCLES"}  # type: ignore[attr-defined]  # whose shaders need no minute
viewports.MAX_TURNS, viewports.TIMEOUT = 1_000_000, 60.0


def draw_on() -> float:
    for area in bpy.context.window_manager.windows[0].screen.areas:
        area.tag_redraw()
    return 0.0


bpy.app.timers.register(draw_on)
