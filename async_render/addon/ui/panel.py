"""The panel *Async Render*: activities that run, wait, or have ended, in the text editor and the Output properties."""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.activity_ui.activity_operators import ASYNC_RENDER_OT_cancel_all, ASYNC_RENDER_OT_clear_finished
from ...blender.activity_ui.own_panels import draw_activities
from ...render.activity import Activity, activities
from .thumbnail import icon_of

CATEGORY = "Async Render"
"""The tab of the panel in the text editor's sidebar."""

PICTURE_SIZE = 5.0
"""The height of the picture, in rows."""


class ActivitiesPanel:
    """A base class for both panels."""

    bl_label = "Async Render"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the activities, the newest picture, and the buttons for all activities."""
        layout: Any = self.layout  # type: ignore[attr-defined]
        draw_activities(layout)
        shown = list(activities)
        if not shown:
            return
        _draw_picture(layout, shown)
        column = layout.column(align=True)  # below each other: the text editor's sidebar is narrow
        column.operator(ASYNC_RENDER_OT_cancel_all.bl_idname)
        column.operator(ASYNC_RENDER_OT_clear_finished.bl_idname)


class ASYNC_RENDER_PT_text_editor(ActivitiesPanel, bpy.types.Panel):
    """In the sidebar of the text editor"""

    bl_space_type = "TEXT_EDITOR"
    bl_region_type = "UI"
    bl_category = CATEGORY


class ASYNC_RENDER_PT_output(ActivitiesPanel, bpy.types.Panel):
    """In the Output properties"""

    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "output"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - as Blender wants it


def _draw_picture(layout: Any, shown: list[Activity]) -> None:
    """Draw the newest frame of the render that runs, or else of the last render."""
    renders = [activity for activity in shown if activity.last_file is not None]
    if renders:
        running = [activity for activity in renders if not activity.state.is_over]
        icon = icon_of((running or renders)[-1])
        if icon is not None:
            layout.template_icon(icon_value=icon, scale=PICTURE_SIZE)


register, unregister = bpy.utils.register_classes_factory((ASYNC_RENDER_PT_text_editor, ASYNC_RENDER_PT_output))
