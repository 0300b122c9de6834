"""The rows of the list of activities, as a collection that Blender's lists can show.

A row has the height of one button, so an activity has one row or two: its name, and below it its progress or its error.
The rows stand in the window manager. A drawing may not write there, so a timer does, when a drawing finds old rows.
"""

from collections.abc import Iterable
from typing import Any

import bpy

from ...render.activity import Activity, State, activities
from ..handler_lists import add_timer, remove_timer
from . import places
from .labels import has_second_row, tip_of

ROWS, SELECTED = "async_render_rows", "async_render_selected"
"""The names of our two properties of the window manager: the rows, and the index of the selected one."""

Row = tuple[int, bool]
"""The number of an activity, and whether this is its second row."""


def activity_of(row: Any) -> Activity | None:
    """Return the activity of a row; None: it was removed from the list a moment ago."""
    return next((activity for activity in activities if activity.number == row.number), None)


def _tip(row: Any) -> str:
    activity = activity_of(row)
    return "" if activity is None else tip_of(activity)


class ASYNC_RENDER_PG_row(bpy.types.PropertyGroup):
    """A row of the list. It finds its activity by number: other activities come and go"""

    number: bpy.props.IntProperty()  # type: ignore[valid-type]
    is_second: bpy.props.BoolProperty()  # type: ignore[valid-type]
    tip: bpy.props.StringProperty(get=_tip)  # type: ignore[valid-type]


def selected() -> Activity | None:
    """Return the activity whose row the user has selected; None: there is none."""
    manager: Any = bpy.context.window_manager
    rows, index = getattr(manager, ROWS), getattr(manager, SELECTED)
    return activity_of(rows[index]) if 0 <= index < len(rows) else None


def in_order(shown: Iterable[Activity]) -> list[Activity]:
    """Return the activities as the list shows them: each script, and below it the renders that it has asked for.

    What runs is first, then failures, then what else has ended, each the newest first. The queue is last, so that no
    failure vanishes behind it.
    """
    ranked = sorted(shown, key=_rank)
    numbers = {activity.number for activity in ranked}
    parts: dict[int | None, list[Activity]] = {}
    for activity in ranked:
        parts.setdefault(activity.script if activity.script in numbers else None, []).append(activity)
    ordered: list[Activity] = []
    waiting = parts.get(None, [])[::-1]
    while waiting:
        ordered.append(activity := waiting.pop())
        waiting += parts.get(activity.number, [])[::-1]
    return ordered


def _rank(activity: Activity) -> tuple[int, int]:
    if activity.state in {State.RUNNING, State.QUEUED}:
        return (0 if activity.state is State.RUNNING else 3, activity.number)
    return (1 if activity.state is State.FAILED else 2, -activity.number)


def _wanted() -> list[Row]:
    ordered = in_order(activities)
    return [(item.number, is_second) for item in ordered for is_second in ((False, True)[: 1 + has_second_row(item)])]


def keep_up() -> None:
    """Let the rows be brought up to date in the next main-loop turn, if they are old. A drawing may call this."""
    manager: Any = bpy.context.window_manager
    if [(row.number, row.is_second) for row in getattr(manager, ROWS)] != _wanted():
        add_timer(_update_later, 0.0)


def update() -> None:
    """Bring the rows up to date. The selection stays with its activity."""
    manager: Any = bpy.context.window_manager
    rows, wanted = getattr(manager, ROWS), _wanted()
    if [(row.number, row.is_second) for row in rows] == wanted:
        return
    before = selected()
    rows.clear()
    for number, is_second in wanted:
        row = rows.add()
        row.number, row.is_second = number, is_second
    kept = [index for index, (number, _) in enumerate(wanted) if before is not None and number == before.number]
    setattr(manager, SELECTED, kept[0] if kept else 0)


def _update_later() -> None:
    update()
    places.tag_redraw()


def register() -> None:
    """Give the window manager our properties."""
    bpy.utils.register_class(ASYNC_RENDER_PG_row)
    manager: Any = bpy.types.WindowManager
    setattr(manager, ROWS, bpy.props.CollectionProperty(type=ASYNC_RENDER_PG_row))
    setattr(manager, SELECTED, bpy.props.IntProperty())


def unregister() -> None:
    """Remove the rows and the properties: nothing of them stays in a .blend file that is saved later."""
    remove_timer(_update_later)
    manager: Any = bpy.context.window_manager
    getattr(manager, ROWS).clear()
    for name in (ROWS, SELECTED):
        manager.property_unset(name)
        delattr(bpy.types.WindowManager, name)
    bpy.utils.unregister_class(ASYNC_RENDER_PG_row)
