"""The operator *Run Render Script*, which runs the text of the text editor as a script that may await."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

from ...blender.options import options
from ...blender.paths import text_file_name
from ...blender.window.error_display import show_error
from ...script import Script
from .text_scripts import text_scripts


class ASYNC_RENDER_OT_run_script(bpy.types.Operator):
    """Run the active text as a script that may await renders, while the window stays alive"""

    bl_idname = "async_render.run_script"
    bl_label = "Run Render Script"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether there is a text to run."""
        if active_text(context) is None:
            cls.poll_message_set("Open a text in a text editor first")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Start the script, or ask the user first if the text is still running."""
        text = active_text(context)
        assert text is not None
        if options.on_second_start == "ASK" and text_scripts.is_running(text.name):
            manager: Any = context.window_manager
            return manager.invoke_confirm(
                self,
                event,
                title="Run Render Script",
                message=translate("{:s} is still running. Run it a second time, beside the first?").format(text.name),
                confirm_text="Run",
                icon="QUESTION",
            )
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        """Start the script, and return."""
        text = active_text(context)
        assert text is not None
        try:
            script = Script.compile(text.as_string(), text_file_name(text))
        except (SyntaxError, ValueError) as error:  # ValueError: the text has null characters (up to Python 3.11)
            show_error(error)
            return {"CANCELLED"}
        if options.on_second_start == "QUEUE" and text_scripts.is_running(text.name):
            text_scripts.queue(script, text.name)
            return {"FINISHED"}
        return {"FINISHED"} if text_scripts.start(script, text.name) else {"CANCELLED"}


def active_text(context: bpy.types.Context) -> bpy.types.Text | None:
    """Return the text of the editor under the mouse, or of the window's first text editor, or else the only text."""
    edited: bpy.types.Text | None = getattr(context.space_data, "text", None)
    if edited is not None:
        return edited
    areas: Any = context.screen.areas if context.screen else ()
    shown = [area.spaces.active.text for area in areas if area.type == "TEXT_EDITOR"]
    texts = [text for text in shown if text is not None] or (list(bpy.data.texts) if len(bpy.data.texts) == 1 else [])
    return texts[0] if texts else None


def draw_run_script(menu: Any, _context: bpy.types.Context) -> None:
    """Add the entry to a menu, below its last one."""
    menu.layout.operator(ASYNC_RENDER_OT_run_script.bl_idname, icon="PLAY")


_MENUS = ("TEXT_MT_text", "TOPBAR_MT_render")


def register() -> None:
    """Add the operator and its menu entries."""
    bpy.utils.register_class(ASYNC_RENDER_OT_run_script)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_run_script)


def unregister() -> None:
    """Remove the operator and its menu entries."""
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_run_script)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_run_script)
