"""Shows texts in the text editor of the *Scripting* workspace."""

from __future__ import annotations

import bpy


def text_editor() -> bpy.types.Area:
    return next(area for area in bpy.context.screen.areas if area.type == "TEXT_EDITOR")


def show_file(file: str) -> tuple[bpy.types.Text, bpy.types.Area]:
    """Show a file as a text.

    Returns:
        The text, and its editor.
    """
    return show(bpy.data.texts.load(file))


def show_source(source: str) -> tuple[bpy.types.Text, bpy.types.Area]:
    """Show an unsaved text named `Unsaved`.

    Returns:
        The text, and its editor.
    """
    texts = bpy.data.texts
    text = texts["Unsaved"] if "Unsaved" in texts else texts.new("Unsaved")
    text.from_string(source)
    return show(text)


def show(text: bpy.types.Text) -> tuple[bpy.types.Text, bpy.types.Area]:
    editor = text_editor()
    editor.spaces.active.text = text
    return text, editor
