"""Lines for Blender's Info editor."""

from typing import Any

import bpy


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

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Wait for a timer."""
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(0.01, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Report."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self.cancel(context)
        self.report({self.severity}, self.message)
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """The window is closed, or another file is loaded."""
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)


def register() -> None:
    """Add the operator."""
    bpy.utils.register_class(ASYNC_RENDER_OT_report)


def unregister() -> None:
    """Take it away."""
    bpy.utils.unregister_class(ASYNC_RENDER_OT_report)
