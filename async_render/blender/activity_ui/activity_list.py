"""The list of activities: `draw_list` draws it into any layout."""

from __future__ import annotations

from typing import Any

import blf
import bpy

from ...render.activity import Activity, Kind, State, activities
from . import activity_rows
from .activity_operators import (
    ASYNC_RENDER_OT_cancel,
    ASYNC_RENDER_OT_open_dashboard,
    ASYNC_RENDER_OT_open_folder,
    ASYNC_RENDER_OT_show_error,
)
from .labels import detail_of, elapsed_of, fitting_name_of, has_progress, has_second_row, left_of, name_of
from .show_output import ASYNC_RENDER_OT_show_log, ASYNC_RENDER_OT_show_output

LEAST_ROWS, MOST_ROWS = 4, 12
"""The height of the list, in rows: of a short list, and of a long one before it scrolls."""

INDENT, NARROW_INDENT = 1.5, 0.5
"""What a row stands further right than the row that it belongs to, in heights of a row."""

NARROW = 11.0
"""Heights of a row: the width of a region from which on a name leaves room for times and buttons. The text editor's
sidebar has 8 at first, and the Output properties have 13."""

MARGINS, SCROLL_BAR, ICON = 3.6, 1.0, 1.2
"""Heights of a row: what a list, its scroll bar, and an icon before a name take of the width of a region."""

ROW = 20
"""The height of a row in pixels, before it is scaled."""

DIGIT = 0.36
"""The width of a digit, in heights of a row. A time has just its width, and so the name has the rest of the row."""

_STATE_ICONS = {
    State.QUEUED: "TIME",
    State.FINISHED: "CHECKMARK",
    State.CANCELLED: "CANCEL",
    State.FAILED: "ERROR",
}

_KIND_ICONS = {Kind.SCRIPT: "PLAY", Kind.RENDER: "RENDER_ANIMATION"}


def draw_list(layout: Any) -> None:
    """Draw all activities as a list that scrolls, and buttons for the selected one."""
    if not any(True for _ in activities):
        layout.label(text="Nothing is running")
        return
    activity_rows.keep_up()
    manager: Any = bpy.context.window_manager
    names = (manager, activity_rows.ROWS, manager, activity_rows.SELECTED)
    layout.template_list(
        ASYNC_RENDER_UL_activities.__name__,
        "",
        *names,
        rows=LEAST_ROWS,
        maxrows=MOST_ROWS,
        item_dyntip_propname="tip",
    )
    chosen = activity_rows.selected()
    row = layout.row(align=True)
    _button(row, ASYNC_RENDER_OT_cancel, chosen, "X", is_there=chosen is not None and chosen.cancel is not None)
    _button(row, ASYNC_RENDER_OT_show_output, chosen, "TEXT", is_there=chosen is not None and bool(chosen.printed))
    _button(row, ASYNC_RENDER_OT_show_error, chosen, "INFO", is_there=chosen is not None and chosen.error is not None)
    has_folder = chosen is not None and chosen.folder is not None
    _button(row, ASYNC_RENDER_OT_open_folder, chosen, "FILE_FOLDER", is_there=has_folder)
    _button(row, ASYNC_RENDER_OT_show_log, chosen, "CONSOLE", is_there=chosen is not None and chosen.log is not None)
    if chosen is not None and chosen.dashboard is not None:  # few renders have one
        _button(row, ASYNC_RENDER_OT_open_dashboard, chosen, "URL", is_there=True)


def _width() -> float:
    """Return the width of the region that is drawn, in heights of a row. Without a region nothing is drawn."""
    region: Any = bpy.context.region
    preferences: Any = bpy.context.preferences
    return NARROW if region is None else region.width / (ROW * preferences.system.ui_scale)


class ASYNC_RENDER_UL_activities(bpy.types.UIList):
    """Scripts and renders, what runs first"""

    def draw_item(
        self,
        context: bpy.types.Context | None,
        layout: Any,
        data: object,
        item: Any,
        icon: int | None,
        active_data: object,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw a row."""
        activity = activity_rows.activity_of(item)
        if activity is None:
            return
        row = layout.row(align=True)
        is_part = activity.script is not None and any(other.number == activity.script for other in activities)
        width = _width()
        is_narrow = width < NARROW
        indent = (NARROW_INDENT if is_narrow else INDENT) * (is_part + item.is_second)
        if indent:
            row.separator(factor=indent)
        row.active = not activity.state.is_over or activity.state is State.FAILED
        if item.is_second:
            _draw_detail(row, activity, is_narrow)
        elif is_narrow:
            has_scroll_bar = len(getattr(data, activity_rows.ROWS)) > MOST_ROWS
            _draw_narrow_name(row, activity, width - MARGINS - indent - SCROLL_BAR * has_scroll_bar)
            if getattr(active_data, active_property or "") == index:
                row.alert = False  # red on the colour of the selection cannot be read
        else:
            _draw_name(row, activity)

    def filter_items(self, context: bpy.types.Context | None, data: Any, property: str | None) -> Any:  # noqa: A002 - Blender's name
        """Search in names and errors. The order is that of the rows."""
        rows = getattr(data, property or "")
        if not self.filter_name:
            return [], []
        helper: Any = bpy.types.UI_UL_list
        return helper.filter_items_by_name(self.filter_name, self.bitflag_filter_item, rows, "tip"), []


def _draw_narrow_name(row: Any, activity: Activity, room: float) -> None:
    """Draw the name, with an icon and the time only where they leave room for the whole name.

    A failure without its icon is red. What has ended well is grey, and needs no icon.

    Args:
        row: where to draw.
        activity: the script or render.
        room: heights of a row.
    """
    beside = [other for other in activities if other.script == activity.script]
    name = fitting_name_of(activity, beside, lambda text: _text_width(text) <= room)
    free = room - _text_width(name)
    time = elapsed_of(activity) if activity.state is State.FINISHED else ""
    has_icon = activity.state is not State.FINISHED and free >= ICON
    row.alert = activity.state is State.FAILED and not has_icon
    row.label(text=name, icon=_icon_of(activity) if has_icon else "NONE", translate=False)
    if free >= _time_width(time):
        _draw_time(row, time)


def _text_width(text: str) -> float:
    """Return the width of a text in the font of the user interface, in heights of a row."""
    preferences: Any = bpy.context.preferences
    points: float = preferences.ui_styles[0].widget.points
    blf.size(0, points)
    return float(blf.dimensions(0, text)[0]) / ROW


def _icon_of(activity: Activity) -> str:
    return _STATE_ICONS.get(activity.state, _KIND_ICONS[activity.kind])


def _draw_name(row: Any, activity: Activity) -> None:
    """Draw the name, and at its right the time and the button that this state asks for."""
    row.label(text=name_of(activity), icon=_icon_of(activity), translate=False)
    if not has_second_row(activity):
        _draw_time(row, elapsed_of(activity))
    if activity.cancel is not None:
        _icon_button(row, ASYNC_RENDER_OT_cancel, "X", activity)
    elif activity.error is not None:
        _icon_button(row, ASYNC_RENDER_OT_show_error, "INFO", activity)
    elif activity.folder is not None:
        _icon_button(row, ASYNC_RENDER_OT_open_folder, "FILE_FOLDER", activity)
    elif activity.printed:
        _icon_button(row, ASYNC_RENDER_OT_show_output, "TEXT", activity)


def _draw_detail(row: Any, activity: Activity, is_narrow: bool) -> None:
    """Draw the progress and the time that is left, or the error, or the time, or that it is being cancelled."""
    if has_progress(activity):
        row.progress(factor=activity.progress, text=detail_of(activity, is_narrow=is_narrow), translate=False)
        if not is_narrow:
            _draw_time(row, left_of(activity))
    else:
        row.label(text=detail_of(activity), translate=False)
    if is_narrow and activity.cancel is not None:
        _icon_button(row, ASYNC_RENDER_OT_cancel, "X", activity)


def _draw_time(row: Any, time: str) -> None:
    if time:
        end = row.row()
        end.alignment = "RIGHT"
        end.ui_units_x = _time_width(time)
        end.label(text=time, translate=False)


def _time_width(time: str) -> float:
    return DIGIT * len(time) + 0.4


def _icon_button(row: Any, operator: Any, icon: str, activity: Activity) -> None:
    row.operator(operator.bl_idname, text="", icon=icon, emboss=False).number = activity.number


def _button(row: Any, operator: Any, activity: Activity | None, icon: str, *, is_there: bool) -> None:
    """Draw a button for the selected activity, which is grey where the activity has nothing of that kind."""
    cell = row.row(align=True)
    cell.enabled = is_there
    cell.operator(operator.bl_idname, text="", icon=icon).number = 0 if activity is None else activity.number


def register() -> None:
    """Register the list and its rows."""
    activity_rows.register()
    bpy.utils.register_class(ASYNC_RENDER_UL_activities)


def unregister() -> None:
    """Unregister them."""
    bpy.utils.unregister_class(ASYNC_RENDER_UL_activities)
    activity_rows.unregister()
