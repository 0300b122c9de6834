"""The operator *Run Render Script*, which runs the text of the text editor as a script that may await."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

from ...blender.options import options
from ...blender.paths import text_file_name
from ...blender.window.error_display import show_error
from ...blender.window.messages import answering
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
        with answering(self.options.is_invoke):
            return self.start(context)

    def start(self, context: bpy.types.Context) -> Any:
        """Start the script. An exception before its first `await` answers the user's click, and is shown so."""
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


def draw_button(header: Any, context: bpy.types.Context) -> None:
    """Add a button to the text editor's header. Blender's own button there runs texts that cannot await."""
    if active := getattr(context.space_data, "text", None):
        row = header.layout.row()
        row.active = not active.name.endswith((".osl", ".oso"))
        row.operator(ASYNC_RENDER_OT_run_script.bl_idname, text="", icon="RENDER_ANIMATION")


_MENUS = ("TEXT_MT_text", "TOPBAR_MT_render")
_HEADER = "TEXT_HT_header"
_keymap_items: list[tuple[Any, Any]] = []


def register() -> None:
    """Add the operator, its menu entries, its button, and its key: Shift Alt P is free in all of Blender's keymaps."""
    bpy.utils.register_class(ASYNC_RENDER_OT_run_script)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_run_script)
    getattr(bpy.types, _HEADER).append(draw_button)
    manager: Any = bpy.context.window_manager
    if (keyconfig := manager.keyconfigs.addon) is not None:  # None without a window
        keymap = keyconfig.keymaps.new(name="Text", space_type="TEXT_EDITOR")
        item = keymap.keymap_items.new(ASYNC_RENDER_OT_run_script.bl_idname, "P", "PRESS", alt=True, shift=True)
        _keymap_items.append((keymap, item))


def unregister() -> None:
    """Remove the operator, its menu entries, its button, and its key."""
    for keymap, item in _keymap_items:
        keymap.keymap_items.remove(item)
    _keymap_items.clear()
    getattr(bpy.types, _HEADER).remove(draw_button)
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_run_script)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_run_script)
