"""The buttons beside activities."""

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

from ...blender.window.error_display import show_failure
from ...render.activity import Activity, activities


class ActivityOperator:
    """What operators on one activity share: they know it by its number, for others may come and go meanwhile."""

    number: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})  # type: ignore[valid-type]

    def activity(self) -> Activity | None:
        """The activity; None when it was forgotten."""
        return next((activity for activity in activities if activity.number == self.number), None)


class ASYNC_RENDER_OT_cancel(ActivityOperator, bpy.types.Operator):
    """Ask this script or render to end"""

    bl_idname = "async_render.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Ask the user first where the activity is ending already: a double click must not break off its cleanup."""
        activity = self.activity()
        if activity is not None and activity.is_cancelling:
            manager: Any = context.window_manager
            return manager.invoke_confirm(
                self,
                event,
                title="Cancel",
                message=translate("{:s} is ending already. Break off what it does at its end?").format(activity.name),
                confirm_text="Break Off",
                icon="QUESTION",
            )
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        """Ask the activity; it ends soon."""
        activity = self.activity()
        return {"FINISHED"} if activity is not None and activities.cancel(activity, again=True) else {"CANCELLED"}


class ASYNC_RENDER_OT_cancel_all(bpy.types.Operator):
    """Ask all running and queued scripts and renders to end"""

    bl_idname = "async_render.cancel_all"
    bl_label = "Cancel All"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Something has to be under way."""
        if all(activity.cancel is None for activity in activities):
            cls.poll_message_set("Nothing is running")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Ask them; they end soon."""
        for activity in activities:
            activities.cancel(activity)
        return {"FINISHED"}


class ASYNC_RENDER_OT_show_error(ActivityOperator, bpy.types.Operator):
    """Show what ended this script or render, and print the traceback"""

    bl_idname = "async_render.show_error"
    bl_label = "Show Error"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """As when it happened."""
        activity = self.activity()
        if activity is None or activity.error is None:
            return {"CANCELLED"}
        show_failure(activity.error)
        return {"FINISHED"}


class ASYNC_RENDER_OT_open_folder(ActivityOperator, bpy.types.Operator):
    """Open the folder with the rendered files in the file manager"""

    bl_idname = "async_render.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> Any:
        """As *Open File Location* does in Blender."""
        activity = self.activity()
        if activity is None or activity.folder is None:
            return {"CANCELLED"}
        if not activity.folder.is_dir():
            message = bpy.app.translations.pgettext_rpt("The folder {:s} does not exist")
            self.report({"ERROR"}, message.format(str(activity.folder)))
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=str(activity.folder))


class ASYNC_RENDER_OT_clear_finished(bpy.types.Operator):
    """Forget the scripts and renders that have ended; their files stay"""

    bl_idname = "async_render.clear_finished"
    bl_label = "Clear Finished"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Something has to have ended."""
        if not any(activity.state.is_over for activity in activities):
            cls.poll_message_set("Nothing has ended yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Forget them."""
        activities.forget_ended()
        return {"FINISHED"}


CLASSES = (
    ASYNC_RENDER_OT_cancel,
    ASYNC_RENDER_OT_cancel_all,
    ASYNC_RENDER_OT_show_error,
    ASYNC_RENDER_OT_open_folder,
    ASYNC_RENDER_OT_clear_finished,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
