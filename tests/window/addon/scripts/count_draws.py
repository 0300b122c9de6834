"""Counts how often Blender draws the panel, the status bar and a viewport."""

from __future__ import annotations

from time import perf_counter  # noqa: F401 - for the statements that the test sends
from typing import Any

import bpy

from async_render.blender.activity_ui import redraw

redraw.LONGEST_PAUSE = 0.5  # instead of four seconds
types: Any = bpy.types
draws = {"panel": 0, "status bar": 0, "3D view": 0}


def count(where: str) -> None:
    draws[where] += 1


types.ASYNC_RENDER_PT_text_editor.append(lambda *_: count("panel"))
types.STATUSBAR_HT_header.append(lambda *_: count("status bar"))
bpy.types.SpaceView3D.draw_handler_add(count, ("3D view",), "WINDOW", "POST_PIXEL")
