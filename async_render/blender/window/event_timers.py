"""Events for modal operators that wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import bpy

from ..handler_lists import add_timer, added_handlers

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

    with added_handlers(("load_pre",), remove):  # the timer dies with the file
        try:
            yield
        finally:
            remove()


POLL = 0.05
"""Seconds between two looks whether the last call of an operator that shall go has ended."""


class TimedOperator:
    """What such an operator has beside `bpy.types.Operator`."""

    interval: ClassVar[float]
    """Seconds between two of its events."""

    running: ClassVar[int] = 0
    """How many calls of it go on."""

    def begin(self, context: bpy.types.Context) -> set[Any]:
        """Go on after `invoke`, which returns what this returns."""
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(self.interval, window=context.window)
        manager.modal_handler_add(self)
        type(self).running += 1
        return {"RUNNING_MODAL"}

    def end(self, context: bpy.types.Context) -> None:
        """Go on no more: for `modal`, and for `cancel`."""
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        type(self).running -= 1


_leaving: set[Any] = set()
"""The operators that shall go, and still run."""


def register(kind: type[TimedOperator]) -> None:
    """Let Blender know an operator; it may do so already."""
    operator: Any = kind
    _leaving.discard(operator)
    if not operator.is_registered:
        bpy.utils.register_class(operator)


def unregister(kind: type[TimedOperator]) -> None:
    """Take an operator away: at once, or when its last call has ended."""
    operator: Any = kind
    if operator.is_registered:
        _leaving.add(operator)
    if _take_away() is not None:
        add_timer(_take_away, POLL)


def _take_away() -> float | None:
    for operator in [operator for operator in _leaving if not operator.running]:
        _leaving.remove(operator)
        bpy.utils.unregister_class(operator)
    return POLL if _leaving else None
