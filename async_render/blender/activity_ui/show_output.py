"""The operators that show what a script, or the workers of a pool, have printed."""

from __future__ import annotations

from typing import Any

import bpy

from .activity_operators import ActivityOperator

TEXT = "Async Render Output"
"""The name of the text that all outputs are shown in, one at a time."""

LOG_TEXT = "Async Render Log"
"""The same of the logs of workers."""

FEW_LINES = 20
"""Lines that any text editor has room for."""


class ASYNC_RENDER_OT_show_output(ActivityOperator, bpy.types.Operator):
    """Open the last lines that this script has printed, in a text editor"""

    bl_idname = "async_render.show_output"
    bl_label = "Show Output"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Fill the text, and open it at its end."""
        activity = self.activity()
        if activity is None or not activity.printed:
            return {"CANCELLED"}
        first = f"… {activity.printed.dropped} earlier lines are not kept\n" if activity.printed.dropped else ""
        _show(context, TEXT, first + activity.printed.text())
        return {"FINISHED"}


class ASYNC_RENDER_OT_show_log(ActivityOperator, bpy.types.Operator):
    """Open the last lines that the workers of this render have printed, in a text editor"""

    bl_idname = "async_render.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Fill the text, and open it at its end."""
        activity = self.activity()
        text = activity.log() if activity is not None and activity.log is not None else ""
        if not text:
            return {"CANCELLED"}
        _show(context, LOG_TEXT, text)
        return {"FINISHED"}


def _show(context: bpy.types.Context, name: str, printed: str) -> None:
    """Open a text of that name at its end, with these lines."""
    text: Any = bpy.data.texts.get(name) or bpy.data.texts.new(name)
    text.from_string(printed.encode(errors="replace").decode())
    last = len(text.lines) - 1
    text.cursor_set(last)
    area = _text_editor(context)
    space: Any = area.spaces.active
    space.text = text
    lines = space.visible_lines or FEW_LINES  # none is known before the first drawing
    space.top = max(last - lines + 2, 0)
    area.tag_redraw()


def _text_editor(context: bpy.types.Context) -> Any:
    """Return the text editor under the mouse, or any that is shown, or one in a new window."""
    manager: Any = context.window_manager
    if context.area is not None and context.area.type == "TEXT_EDITOR":
        return context.area
    windows = [context.window, *manager.windows]
    editors = [area for window in windows for area in window.screen.areas if area.type == "TEXT_EDITOR"]
    if editors:
        return editors[0]
    bpy.ops.wm.window_new()
    area = manager.windows[-1].screen.areas[0]
    area.type = "TEXT_EDITOR"
    return area


register, unregister = bpy.utils.register_classes_factory((ASYNC_RENDER_OT_show_output, ASYNC_RENDER_OT_show_log))
