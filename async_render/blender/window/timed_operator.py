"""Modal operators of our own: each brings its own events, and is taken away only when its last call has ended.

Where nobody moves the mouse no event comes for hours. Blender 4.3 crashes when an operator that runs is unregistered,
and other versions keep its event timer.
"""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..handler_lists import add_timer

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
