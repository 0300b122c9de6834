"""Reads the Info editor of the *Scripting* workspace."""

from __future__ import annotations

import bpy


def reports() -> str:
    info = next(area for area in bpy.context.screen.areas if area.type == "INFO")
    with bpy.context.temp_override(area=info, region=info.regions[-1]):
        bpy.ops.info.select_all(action="SELECT")
        bpy.ops.info.report_copy()
    return bpy.context.window_manager.clipboard
