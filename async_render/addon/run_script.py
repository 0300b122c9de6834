"""*Run Render Script*: runs the text of the text editor as a script that may await."""

from __future__ import annotations

from typing import Any

import bpy

import async_render as ar

from ..blender.show import show_error, text_file_name
from ..script import Script


class ASYNC_RENDER_OT_run_script(bpy.types.Operator):
    """Run the active text as a script that may await renders, while the window stays alive"""

    bl_idname = "async_render.run_script"
    bl_label = "Run Render Script"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There has to be a text."""
        if active_text(context) is None:
            cls.poll_message_set("Open a text in a text editor first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Start the script, and return."""
        text = active_text(context)
        assert text is not None
        try:
            script = Script.compile(text.as_string(), text_file_name(text))
            coroutine = script.start(bpy=bpy, ar=ar)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: a script's exit() must not end Blender
            show_error(error)
            return {"CANCELLED"}
        if coroutine is not None:
            ar.run(coroutine, name=text.name)
        return {"FINISHED"}


def active_text(context: bpy.types.Context) -> bpy.types.Text | None:
    """The text of the editor that the mouse is in, or else of the window's first text editor, or else the only one."""
    if (text := getattr(context.space_data, "text", None)) is not None:
        return text
    areas: Any = context.screen.areas if context.screen else ()
    shown = [area.spaces.active.text for area in areas if area.type == "TEXT_EDITOR"]
    texts = [text for text in shown if text is not None] or (list(bpy.data.texts) if len(bpy.data.texts) == 1 else [])
    return texts[0] if texts else None


def draw_run_script(menu: Any, _context: bpy.types.Context) -> None:
    """Add the entry to a menu."""
    menu.layout.separator()
    menu.layout.operator(ASYNC_RENDER_OT_run_script.bl_idname, icon="PLAY")
