"""Events for modal operators that wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..handler_lists import hearing

INTERVAL = 0.1
"""Seconds between the events that let a modal operator of Blender's look whether its job is gone."""


@contextmanager
def events(modal: set[int], interval: float = INTERVAL) -> Iterator[None]:
    """Bring events to these modal operators inside the `with` block.

    Those of Blender's that wait for a job look for it when an event comes, and without a mouse that moves none does:
    `ptcache_bake_modal` in source/blender/editors/physics/physics_pointcache.cc. It has to come in their own window,
    which is that of the picture for a render that opens one. Those in Python may count timer events, and look for
    themselves.
    """
    manager: Any = bpy.context.window_manager
    timers = {
        window.as_pointer(): manager.event_timer_add(interval, window=window)
        for window in manager.windows
        if any(item.as_pointer() in modal for item in window.modal_operators)
    }

    def remove(*_: object) -> None:
        now: Any = bpy.context.window_manager
        open_windows = {window.as_pointer() for window in now.windows}
        while timers:
            window, timer = timers.popitem()
            if window in open_windows:  # otherwise the timer has died with it
                now.event_timer_remove(timer)

    with hearing(("load_pre",), remove):  # the timer dies with the file
        try:
            yield
        finally:
            remove()
