"""Starts a render as a user does, and notes how renders end."""

from __future__ import annotations

import bpy

ends: list[str] = []


def render_as_the_user() -> bool:
    """Answer whether the render has begun."""
    bpy.app.handlers.render_complete.append(lambda *_: ends.append("complete"))
    bpy.app.handlers.render_cancel.append(lambda *_: ends.append("cancel"))
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.render.render("INVOKE_DEFAULT")
    return bpy.app.is_job_running("RENDER")
