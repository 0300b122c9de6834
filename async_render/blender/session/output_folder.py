"""Output paths of a snapshot, which mean what they mean in the session.

A snapshot lies in a private folder. When Blender saves there, it changes the paths of images and libraries, and leaves
output paths as they are. So a worker makes these absolute after it has opened the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ...render.path_templates import literal
from ..quirks.versions import PATHS_HAVE_VARIABLES


def in_folder(path: str, folder: Path, *, is_template: bool) -> str:
    """Return an output path in which `//` and `{blend_dir}` are this folder.

    Args:
        path: the path, as a scene or `RenderSettings` has it.
        folder: the folder of the session's file.
        is_template: whether braces begin a variable.

    Example:
        >>> in_folder("//out/####", Path("/shots"), is_template=True)
        '/shots/out/####'
    """
    base = f"{folder}".rstrip(os.sep) + os.sep
    if not is_template:
        return base + path[2:] if path.startswith("//") else path
    base = literal(base)
    if path.startswith("//"):
        path = base + path[2:]
    return _VARIABLE.sub(lambda match: base if match[0] == "{blend_dir}" else match[0], path)


_VARIABLE = re.compile(r"\{\{|\}\}|\{blend_dir\}")


def set_output_folder(folder: Path) -> None:
    """Make the output paths of all scenes and of their *File Output* nodes absolute, in the open file."""
    for owner, name in _outputs():
        path = getattr(owner, name)
        absolute = in_folder(path, folder, is_template=PATHS_HAVE_VARIABLES)
        if absolute != path:
            setattr(owner, name, absolute)


def _outputs() -> Iterator[tuple[Any, str]]:
    trees: list[Any] = [tree for tree in bpy.data.node_groups if tree.library is None]
    for scene in bpy.data.scenes:
        if scene.library is None:
            yield scene.render, "filepath"
            trees.append(getattr(scene, "node_tree", None))  # before 5.0
    for tree in filter(None, trees):
        for node in tree.nodes:
            if node.bl_idname == "CompositorNodeOutputFile":
                yield node, "directory" if hasattr(node, "directory") else "base_path"
