"""The operator that adds a line to Blender's Info editor and status bar."""

import sys
from typing import Any

import bpy

from . import event_timers


class ASYNC_RENDER_OT_report(event_timers.TimedOperator, bpy.types.Operator):
    """Report a message"""

    # Reports reach the Info editor, and errors open Blender's pop-up, only from an operator that an event has called.
    # The reports of an operator that Python has called belong to the caller: `wm_operator_reports` in
    # source/blender/windowmanager/intern/wm_event_system.cc. So this operator waits for an event.
    bl_idname = "async_render.report"
    bl_label = "Async Render"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    severity: bpy.props.EnumProperty(  # type: ignore[valid-type]
        items=[(name, name.title(), "") for name in ("INFO", "WARNING", "ERROR")]
    )
    message: bpy.props.StringProperty()  # type: ignore[valid-type]

    interval = 0.01  # seconds until the message is reported: two main-loop turns

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:  # noqa: ARG002 - Blender's name
        """Wait for a timer event."""
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Report the message at the first timer event."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self.end(context)
        self.report({self.severity}, self.message)
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Print the message on the terminal at least: the window is closed, or another file is loaded."""
        self.end(context)
        print(self.message, file=sys.stderr, flush=True)


def call(severity: str, message: str) -> None:
    """Report a message when the next event comes. The first call registers the operator, also without the add-on."""
    event_timers.register(ASYNC_RENDER_OT_report)
    operators: Any = bpy.ops
    operators.async_render.report("INVOKE_DEFAULT", severity=severity, message=message)


def register() -> None:
    """Register the operator, if it is not registered yet."""
    event_timers.register(ASYNC_RENDER_OT_report)


def unregister() -> None:
    """Unregister the operator when its last call has reported."""
    event_timers.unregister(ASYNC_RENDER_OT_report)
