"""The buttons beside activities, as operators."""

from typing import Any
from urllib.parse import urlsplit

import bpy
from bpy.app.translations import pgettext_iface as translate

from ...render.activity import Activity, activities
from ..window.error_display import show_failure
from ..window.messages import answering


class ActivityOperator:
    """A base class for operators on one activity, found by its number: other activities come and go."""

    number: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})  # type: ignore[valid-type]

    def activity(self) -> Activity | None:
        """Return the activity; None: it was removed from the list."""
        return next((activity for activity in activities if activity.number == self.number), None)


class ASYNC_RENDER_OT_cancel(ActivityOperator, bpy.types.Operator):
    """Cancel this script or render"""

    bl_idname = "async_render.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Cancel, but ask the user first if this is the second time: a double click must not cancel the clean-up."""
        activity = self.activity()
        if activity is not None and activity.is_cancelling:
            manager: Any = context.window_manager
            return manager.invoke_confirm(
                self,
                event,
                title="Cancel",
                message=translate("{:s} is already being cancelled. Cancel its clean-up, too?").format(activity.name),
                confirm_text="Cancel Clean-Up",
                icon="QUESTION",
            )
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        """Cancel the activity; it ends soon."""
        activity = self.activity()
        return {"FINISHED"} if activity is not None and activities.cancel(activity, again=True) else {"CANCELLED"}


class ASYNC_RENDER_OT_cancel_all(bpy.types.Operator):
    """Cancel all running and queued scripts and renders"""

    bl_idname = "async_render.cancel_all"
    bl_label = "Cancel All"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether something runs or waits in the queue."""
        if all(activity.cancel is None for activity in activities):
            cls.poll_message_set("Nothing is running")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Cancel them; they end soon."""
        for activity in activities:
            activities.cancel(activity)
        return {"FINISHED"}


class ASYNC_RENDER_OT_show_error(ActivityOperator, bpy.types.Operator):
    """Show the error that ended this script or render, and print the traceback"""

    bl_idname = "async_render.show_error"
    bl_label = "Show Error"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Show the error as when it happened."""
        activity = self.activity()
        if activity is None or activity.error is None:
            return {"CANCELLED"}
        with answering():
            show_failure(activity.error, is_asked=True)
        return {"FINISHED"}


class ASYNC_RENDER_OT_open_folder(ActivityOperator, bpy.types.Operator):
    """Open the folder with the rendered files in the file manager"""

    bl_idname = "async_render.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Open the folder, as *Open File Location* does in Blender."""
        activity = self.activity()
        if activity is None or activity.folder is None:
            return {"CANCELLED"}
        if not activity.folder.is_dir():
            message = bpy.app.translations.pgettext_rpt("The folder {:s} does not exist")
            self.report({"ERROR"}, message.format(str(activity.folder)))
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=str(activity.folder))


class ASYNC_RENDER_OT_open_dashboard(ActivityOperator, bpy.types.Operator):
    """Open the page that shows what the farm of this render does in the web browser"""

    bl_idname = "async_render.open_dashboard"
    bl_label = "Open Dashboard"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """Open the page, as Blender opens its manual. A part of its address comes from the scheduler."""
        activity = self.activity()
        if activity is None or activity.dashboard is None:
            return {"CANCELLED"}
        if urlsplit(activity.dashboard).scheme not in {"http", "https"}:
            message = bpy.app.translations.pgettext_rpt("{:s} is not the address of a web page")
            self.report({"ERROR"}, message.format(activity.dashboard))
            return {"CANCELLED"}
        return bpy.ops.wm.url_open(url=activity.dashboard)


class ASYNC_RENDER_OT_clear_finished(bpy.types.Operator):
    """Remove the scripts and renders that have ended from this list; their files stay"""

    bl_idname = "async_render.clear_finished"
    bl_label = "Clear Finished"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether something has ended."""
        if not any(activity.state.is_over for activity in activities):
            cls.poll_message_set("Nothing has ended yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Remove them from the list."""
        activities.forget_ended()
        return {"FINISHED"}


CLASSES = (
    ASYNC_RENDER_OT_cancel,
    ASYNC_RENDER_OT_cancel_all,
    ASYNC_RENDER_OT_show_error,
    ASYNC_RENDER_OT_open_folder,
    ASYNC_RENDER_OT_open_dashboard,
    ASYNC_RENDER_OT_clear_finished,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
