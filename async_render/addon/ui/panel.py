"""The panel *Async Render*: activities that run, wait, or have ended, in the text editor and the Output properties."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

from ...render.activity import Activity, Kind, State, activities
from .activity_operators import (
    ASYNC_RENDER_OT_cancel,
    ASYNC_RENDER_OT_cancel_all,
    ASYNC_RENDER_OT_clear_finished,
    ASYNC_RENDER_OT_open_folder,
    ASYNC_RENDER_OT_show_error,
)
from .labels import elapsed_of, has_progress, left_of, name_of, progress_of, state_of
from .redraw import CATEGORY
from .thumbnail import icon_of

PICTURE_SIZE = 5.0
"""The height of the picture, in rows."""

MOST_ROWS = 12
"""The number of activities that are drawn, at most: each costs time in every redraw."""

_STATE_ICONS = {
    State.QUEUED: "TIME",
    State.FINISHED: "CHECKMARK",
    State.CANCELLED: "CANCEL",
    State.FAILED: "ERROR",
}

_KIND_ICONS = {Kind.SCRIPT: "PLAY", Kind.RENDER: "RENDER_ANIMATION"}


class ActivitiesPanel:
    """A base class for both panels."""

    bl_label = "Async Render"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the activities in their order, the newest last. Of many draw only the most important ones."""
        layout: Any = self.layout  # type: ignore[attr-defined]
        shown = list(activities)
        if not shown:
            layout.label(text="Nothing is running")
            return
        column = layout.column()
        rows = most_important(shown)
        for activity in rows:
            _draw_activity(column, activity)
        if len(rows) < len(shown):
            column.label(text=translate("and {:d} more").format(len(shown) - len(rows)), translate=False)
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


def most_important(shown: list[Activity]) -> list[Activity]:
    """Return at most `MOST_ROWS` activities, in their own order.

    Running activities count most, then queued activities, then ended activities, the newest first.
    """

    def rank(index: int) -> tuple[int, int]:
        state = shown[index].state
        return (2, -index) if state.is_over else (int(state is State.QUEUED), index)

    kept = sorted(range(len(shown)), key=rank)[:MOST_ROWS]
    return [shown[index] for index in sorted(kept)]


def _draw_activity(layout: Any, activity: Activity) -> None:
    """Draw the name, the buttons, and the progress or the state."""
    column = layout.column(align=True)
    row = column.row()
    icon = _STATE_ICONS.get(activity.state, _KIND_ICONS.get(activity.kind, "PLAY"))
    row.label(text=name_of(activity), icon=icon, translate=False)
    buttons = row.row(align=True)
    buttons.alignment = "RIGHT"
    if activity.error is not None:
        _button(buttons, ASYNC_RENDER_OT_show_error, "INFO", activity)
    if activity.folder is not None:
        _button(buttons, ASYNC_RENDER_OT_open_folder, "FILE_FOLDER", activity)
    if activity.cancel is not None:
        _button(buttons, ASYNC_RENDER_OT_cancel, "X", activity)
    if has_progress(activity):
        column.progress(factor=activity.progress, text=progress_of(activity), translate=False)
        _pair(column, elapsed_of(activity), left_of(activity))
    else:
        _pair(column, state_of(activity), elapsed_of(activity)).active = not activity.state.is_over


def _pair(layout: Any, left: str, right: str) -> Any:
    """Draw one text at each side of a row."""
    row = layout.row()
    row.label(text=left, translate=False)
    end = row.row()
    end.alignment = "RIGHT"
    end.label(text=right, translate=False)
    return row


def _button(layout: Any, operator: Any, icon: str, activity: Activity) -> None:
    layout.operator(operator.bl_idname, text="", icon=icon, emboss=False).number = activity.number


def _draw_picture(layout: Any, shown: list[Activity]) -> None:
    """Draw the newest frame of the render that runs, or else of the last render."""
    renders = [activity for activity in shown if activity.last_file is not None]
    if renders:
        running = [activity for activity in renders if not activity.state.is_over]
        icon = icon_of((running or renders)[-1])
        if icon is not None:
            layout.template_icon(icon_value=icon, scale=PICTURE_SIZE)


register, unregister = bpy.utils.register_classes_factory((ASYNC_RENDER_PT_text_editor, ASYNC_RENDER_PT_output))
