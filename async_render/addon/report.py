"""Lines for Blender's Info editor."""

import sys
from typing import Any, ClassVar

import bpy

from ..blender import show

POLL = 0.05
"""Seconds between two looks whether the last report has been made."""


class ASYNC_RENDER_OT_report(bpy.types.Operator):
    """Report a message"""

    # Reports reach the Info editor, and errors Blender's pop-up, only from an operator that an event has called: those
    # of one that Python has called belong to the caller (`wm_operator_reports` in wm_event_system.cc). So this one
    # waits for an event.
    bl_idname = "async_render.report"
    bl_label = "Async Render"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    severity: bpy.props.EnumProperty(  # type: ignore[valid-type]
        items=[(name, name.title(), "") for name in ("INFO", "WARNING", "ERROR")]
    )
    message: bpy.props.StringProperty()  # type: ignore[valid-type]

    waiting: ClassVar[int] = 0
    """How many wait for their event."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Wait for a timer."""
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(0.01, window=context.window)
        manager.modal_handler_add(self)
        ASYNC_RENDER_OT_report.waiting += 1
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Report."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._wait_no_more(context)
        self.report({self.severity}, self.message)
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """The window is closed, or another file is loaded: tell it on the terminal at least, as Blender would have."""
        self._wait_no_more(context)
        print(self.message, file=sys.stderr, flush=True)

    def _wait_no_more(self, context: bpy.types.Context) -> None:
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        ASYNC_RENDER_OT_report.waiting -= 1


def register() -> None:
    """Add the operator, if it is not there yet."""
    if bpy.app.timers.is_registered(_take_away):
        bpy.app.timers.unregister(_take_away)
    else:
        bpy.utils.register_class(ASYNC_RENDER_OT_report)
    operators: Any = bpy.ops
    show.report_operator = operators.async_render.report


def unregister() -> None:
    """Use it no more, and take it away when the last one has reported.

    Blender 4.3 crashes when a modal operator is unregistered while it runs, and others keep its event timer.
    """
    show.report_operator = None
    if _take_away() is not None:
        bpy.app.timers.register(_take_away, first_interval=POLL, persistent=True)


def _take_away() -> float | None:
    if ASYNC_RENDER_OT_report.waiting:
        return POLL
    bpy.utils.unregister_class(ASYNC_RENDER_OT_report)
    return None
