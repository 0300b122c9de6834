"""Timers that bring events to modal operators: to Blender's, which check their jobs at events only, and to our own.

No event comes for hours where nobody moves the mouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import bpy

from ..handler_lists import add_timer, added_handlers

INTERVAL = 0.1
"""Seconds between two events for a modal operator of Blender's, which checks its job at each. A person does not notice
a tenth of a second."""


@contextmanager
def events(modal: set[int], interval: float = INTERVAL) -> Iterator[None]:
    """Bring timer events to modal operators inside the `with` block.

    A modal operator of Blender's that waits for a job checks the job when an event comes, as `ptcache_bake_modal` in
    source/blender/editors/physics/physics_pointcache.cc does. The event must come in the operator's own window, which
    is the window of the picture for a render that opens one.

    Args:
        modal: the addresses of the operators. Leave out operators in Python, which may count timer events.
        interval: seconds between two events.
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
            if window in open_windows:  # the timer of a closed window is gone
                now.event_timer_remove(timer)

    with added_handlers(("load_pre",), remove):  # the timers go with the file
        try:
            yield
        finally:
            remove()


POLL_INTERVAL = 0.05
"""Seconds until a timer checks again whether the last call of an operator has ended, so that it can be unregistered."""


class TimedOperator:
    """A base class, beside `bpy.types.Operator`, for a modal operator of our own that brings its own events."""

    interval: ClassVar[float]
    """Seconds between two events for the operator."""

    running: ClassVar[int] = 0
    """Number of calls of the operator that have not ended."""

    def begin(self, context: bpy.types.Context) -> set[Any]:
        """Become modal. To be called at the end of `invoke`, which returns the same."""
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(self.interval, window=context.window)
        manager.modal_handler_add(self)
        type(self).running += 1
        return {"RUNNING_MODAL"}

    def end(self, context: bpy.types.Context) -> None:
        """Remove the timer. To be called by `modal` when it ends the operator, and by `cancel`."""
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        type(self).running -= 1


_leaving: set[Any] = set()
"""The operators to be unregistered when their last call has ended."""


def register(kind: type[TimedOperator]) -> None:
    """Register an operator; do nothing if it is registered."""
    operator: Any = kind
    _leaving.discard(operator)
    if not operator.is_registered:
        bpy.utils.register_class(operator)


def unregister(kind: type[TimedOperator]) -> None:
    """Unregister an operator: at once, or when its last call has ended.

    Blender 4.3 crashes when an operator that runs is unregistered, and later versions keep its event timer.
    """
    operator: Any = kind
    if operator.is_registered:
        _leaving.add(operator)
    if _unregister_ended() is not None:
        add_timer(_unregister_ended, POLL_INTERVAL)


def _unregister_ended() -> float | None:
    """Unregister the operators that can go. Return when to be called again; None: no operator is left."""
    for operator in [operator for operator in _leaving if not operator.running]:
        _leaving.remove(operator)
        bpy.utils.unregister_class(operator)
    return POLL_INTERVAL if _leaving else None
