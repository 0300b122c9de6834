"""Telling the user about an exception that nobody caught."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from typing import Any

import bpy


def show_error(error: BaseException) -> None:
    """Print the traceback, with the lines of scripts inside the .blend file, and open a pop-up in the window."""
    _remember_texts()
    print("".join(traceback.format_exception(error)), end="", file=sys.stderr, flush=True)
    if not bpy.app.background and bpy.context.window is not None:
        _pop_up(f"{type(error).__name__}: {error}", _place(error))


def _remember_texts() -> None:
    """Let tracebacks find the lines of text datablocks, under the file name that Blender's own Run Script gives them."""
    for text in bpy.data.texts:
        name = text_file_name(text)
        if not os.path.exists(name):
            source = text.as_string()
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def text_file_name(text: bpy.types.Text) -> str:
    """The file name that code of a text has: its own file, or a name below the .blend file as Blender composes it.

    From `python_script_exec` in source/blender/python/intern/bpy_interface_run.cc.
    """
    if text.filepath and not text.is_in_memory:
        return os.path.abspath(bpy.path.abspath(text.filepath, library=text.library))
    return bpy.data.filepath + os.sep + text.name


def _place(error: BaseException) -> str:
    """The innermost line of the user's own code."""
    package = os.path.dirname(os.path.dirname(__file__))
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(package)]
    return f"{os.path.basename(own[-1].filename)}, line {own[-1].lineno}: {own[-1].line}" if own else ""


def _pop_up(message: str, place: str) -> None:
    def draw(menu: Any, _context: bpy.types.Context) -> None:
        for line in [*message.splitlines(), place]:
            if line:
                menu.layout.label(text=line, translate=False)

    manager: Any = bpy.context.window_manager
    manager.popup_menu(draw, title="Async Render", icon="ERROR")
