"""What shows activities is drawn again when there is something new to show, and only then.

Blender draws a region when it is told to. While something runs, one timer looks five times a second whether anything
has changed or another second has passed; when all is over it ends.

To draw takes a millisecond on a graphics card and 40–70 ms with software OpenGL, in which Blender's render waits. So it
is timed, and done the less often the longer it takes.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import bpy

from ...blender.handler_lists import add_timer, remove_timer
from ...blender.host.pace import MAIN_LOOP_SLEEP
from ...blender.window.windows import is_job_running
from ...render.activity import State, activities

INTERVAL = 0.2
"""Seconds between two looks, and so the shortest time between two redraws: as Blender has it for its status bar."""

SHARE = 0.02
"""How much of the time may go into redraws."""

LONGEST = 4.0
"""Seconds after which there is a redraw all the same."""

CATEGORY = "Async Render"
"""The tab of the panel in the text editor's sidebar."""


class _Drawn:
    """What was drawn last."""

    news: tuple[int, int] = (0, 0)
    begin: float | None = None
    """When the redraw began that goes on, up to the next turn of the main loop."""
    next: float = 0.0
    """Not before this time again."""


def register() -> None:
    """Begin to watch the activities; without a window nobody looks at them."""
    if not bpy.app.background:
        activities.watchers.append(_wake)


def unregister() -> None:
    """Watch no more, and leave no timer."""
    if not bpy.app.background:
        activities.watchers.remove(_wake)
        remove_timer(_look)
        _redraw()


def _wake() -> None:
    add_timer(_look, INTERVAL)


def _look() -> float | None:
    """Redraw if there is something new; answer when to look again, None when nothing is under way."""
    now = perf_counter()
    if _Drawn.begin is not None:
        seconds = now - _Drawn.begin - MAIN_LOOP_SLEEP
        _Drawn.begin, _Drawn.next = None, now + min(seconds / SHARE, LONGEST)
    is_over = all(activity.state.is_over for activity in activities)
    news = _news()
    if news != _Drawn.news and (is_over or now >= _Drawn.next):
        _Drawn.news = news
        if _redraw():
            _Drawn.begin = now
            return 0.0
    return None if is_over else INTERVAL


def _news() -> tuple[int, int]:
    """Is another one when there is something new to show: a change, or a second that has passed."""
    return activities.version, sum(int(item.seconds) for item in activities if item.state is State.RUNNING)


def _redraw() -> bool:
    """Answer whether Blender has anything to draw for us: where no panel is open it draws the status bar by itself."""
    manager: Any = bpy.context.window_manager
    shows = False
    for window in manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if _shows_activities(area, region):
                    region.tag_redraw()
                    shows = True
    if is_job_running("RENDER"):
        # Blender draws the status bar itself, five times a second: `statusbar_header_region_listener` hears what
        # `screen_render_invoke` in source/blender/editors/render/render_internal.cc tells, on 4.2 to 5.2.
        return shows
    # Python cannot reach the status bar's region: it is in no screen. It listens to the message bus for the names of
    # view layers: statusbar_header_region_message_subscribe in source/blender/editors/space_statusbar. (It listens to
    # `Window.view_layer`, too, but so do all 3D views.)
    name_of_view_layers: Any = (bpy.types.ViewLayer, "name")
    bpy.msgbus.publish_rna(key=name_of_view_layers)
    return True


def _shows_activities(area: Any, region: Any) -> bool:
    if area.type == "PROPERTIES":
        return bool(region.type == "WINDOW" and area.spaces.active.context == "OUTPUT")
    is_sidebar = area.type == "TEXT_EDITOR" and region.type == "UI"
    return bool(is_sidebar and region.active_panel_category == CATEGORY)
