"""An entry in the status bar while something runs."""

from __future__ import annotations

from typing import Any

import bpy

from ...render.activity import State, activities
from .activity_operators import ASYNC_RENDER_OT_cancel
from .labels import elapsed_of, has_progress, progress_of, short_name_of

BAR_WIDTH = 7.0
"""The width of the progress bar, in heights of a row."""


def register() -> None:
    """Add the entry to the status bar."""
    header: Any = bpy.types.STATUSBAR_HT_header
    header.append(draw_running)


def unregister() -> None:
    """Remove the entry."""
    header: Any = bpy.types.STATUSBAR_HT_header
    header.remove(draw_running)


def draw_running(header: Any, _context: bpy.types.Context) -> None:
    """Draw the activity that runs, its progress, and a button to cancel it.

    Of several activities this is the one that was started last, with the number of the others. Blender shows its own
    render jobs in the status bar; this entry shows scripts, and the renders that scripts ask for.
    """
    running = [activity for activity in activities if activity.state is State.RUNNING]
    if not running:
        return
    newest = running[-1]
    header.layout.separator(type="LINE")  # Blender's version is the last thing before
    row = header.layout.row(align=True)
    others = f" (+{len(running) - 1})" if len(running) > 1 else ""
    row.label(text=f"{short_name_of(newest)}{others}  {elapsed_of(newest)}", icon="PLAY", translate=False)
    if has_progress(newest):
        bar = row.row()
        bar.ui_units_x = BAR_WIDTH
        bar.progress(factor=newest.progress, text=progress_of(newest), translate=False)
    if newest.cancel is not None:
        row.operator(ASYNC_RENDER_OT_cancel.bl_idname, text="", icon="X", emboss=False).number = newest.number
