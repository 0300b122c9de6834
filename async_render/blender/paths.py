"""Paths as Blender writes and reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import bpy

from ..render.path_templates import literal
from .quirks.versions import PATHS_HAVE_VARIABLES


def absolute(path: str, library: bpy.types.Library | None = None) -> Path:
    r"""Resolve a path as Blender does: `//` is the folder of the .blend file.

    Files come from other systems: on Linux and macOS a backslash is a slash, too, and `C:\` is `/c/`, as in
    `BLI_path_abs` in source/blender/blenlib/intern/path_utils.cc. `bpy.path.abspath` knows neither.

    Args:
        path: as a property of Blender's has it.
        library: the library that the property's datablock is linked from.
    """
    if os.name != "nt":
        path = re.sub(r"^([A-Za-z]):(?=[/\\])", lambda drive: "/" + drive[1].lower(), path)
        path = path.replace("\\", "/")
    return Path(bpy.path.abspath(path, library=library)).absolute()


def file_name(path: str) -> str:
    """Return the part behind the last separator of a path. On every system slash and backslash are separators here."""
    return re.split(r"[/\\]", path)[-1]


def as_blender_path(path: str) -> str:
    """Return the path as `scene.render.filepath` takes it.

    From 4.5 on it is a template, in which braces are doubled.
    """
    return literal(path) if PATHS_HAVE_VARIABLES else path


def without_variables(path: str) -> str:
    """Return the path without the variables that Blender replaces: `{fps:##}` has no frame number."""
    return re.sub(r"\{\{|\}\}|\{[^{}]*\}", "", path) if PATHS_HAVE_VARIABLES else path


def text_file_name(text: bpy.types.Text) -> str:
    """Return the file name that the code of a text has: the text's file, or a name below the .blend file.

    Blender composes it so in `bpy_text_filepath_get`, source/blender/python/intern/bpy_interface_run.cc.
    """
    if text.filepath and not text.is_in_memory:
        return os.path.abspath(absolute(text.filepath, text.library))
    return bpy.data.filepath + os.sep + text.name
