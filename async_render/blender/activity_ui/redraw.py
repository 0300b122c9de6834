"""Panels and the status bar are drawn again when an activity has changed, and only then.

Blender draws a region only when asked to. While an activity runs, one timer checks five times a second whether any
activity has changed, or a second has passed. The timer ends when all activities have ended.

A drawing takes a millisecond on a graphics card, and 40–70 ms with software OpenGL. Blender's render waits meanwhile.
So each drawing is timed: the longer it takes, the later the next one comes.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import bpy

from ...render.activity import State, activities
from ..handler_lists import add_timer, remove_timer
from ..host.pace import MAIN_LOOP_SLEEP
from ..window.windows import is_job_running
from . import activity_rows, places

POLL_INTERVAL = 0.2
"""Seconds between two checks, and so between two redraws, at least: as Blender has it for its status bar."""

SHARE = 0.02
"""The part of the time that redraws may take. A render is slowed down by no more than this."""

LONGEST_PAUSE = 4.0
"""Seconds between two redraws, at most: a user who watches must see that something goes on."""


class _Drawn:
    """The last redraw."""

    state: tuple[int, int] = (0, 0)
    """The state that the last redraw showed, as `_state`."""
    begin: float | None = None
    """Time when the redraw began; None: the redraw has ended, which is with the next main-loop turn."""
    next: float = 0.0
    """Time from which on the next redraw may come."""


def register() -> None:
    """Begin to watch the activities. Without a window nothing is drawn."""
    if not bpy.app.background:
        activities.watchers.append(_wake)


def unregister() -> None:
    """Watch the activities no more, and remove the timer."""
    if not bpy.app.background:
        activities.watchers.remove(_wake)
        remove_timer(_poll)
        _redraw()


def _wake() -> None:
    """Start the timer: an activity has changed."""
    add_timer(_poll, POLL_INTERVAL)


def _poll() -> float | None:
    """Redraw if anything has changed. Return the seconds until the next check; None: all activities have ended."""
    now = perf_counter()
    if _Drawn.begin is not None:
        seconds = now - _Drawn.begin - MAIN_LOOP_SLEEP
        _Drawn.begin, _Drawn.next = None, now + min(seconds / SHARE, LONGEST_PAUSE)
    is_over = all(activity.state.is_over for activity in activities)
    state = _state()
    if state != _Drawn.state and (is_over or now >= _Drawn.next):
        _Drawn.state = state
        if _redraw():
            _Drawn.begin = now
            return 0.0
    return None if is_over else POLL_INTERVAL


def _state() -> tuple[int, int]:
    """Return a value that is different when there is something new to show: a change, or a second that has passed."""
    return activities.version, sum(int(item.seconds) for item in activities if item.state is State.RUNNING)


def _redraw() -> bool:
    """Ask for a redraw of all regions with activities, and return whether there are any."""
    activity_rows.update()
    shows = places.tag_redraw()
    if is_job_running("RENDER"):
        # Blender draws the status bar itself, five times a second: `statusbar_header_region_listener` receives what
        # `screen_render_invoke` in source/blender/editors/render/render_internal.cc sends, on 4.2 to 5.2.
        return shows
    # Python cannot reach the status bar's region, which is in no screen. The region subscribes to the names of view
    # layers on the message bus: statusbar_header_region_message_subscribe in source/blender/editors/space_statusbar.
    # (The region subscribes to `Window.view_layer`, too, but so do all 3D views.)
    name_of_view_layers: Any = (bpy.types.ViewLayer, "name")
    bpy.msgbus.publish_rna(key=name_of_view_layers)
    return True
