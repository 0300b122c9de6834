"""Marks on the view layers of a scene with a job's settings. By its mark a layer is found again, however it is called.

View layers have no `session_uid`, and their addresses change with each undo. Users and handlers rename, swap and move
them while a scene renders. A custom property stays with its layer, also in undo steps and files.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

import bpy

from .properties import in_brackets

MARK = "async_render_layer"
"""The name of the custom property with the mark."""

_INDEX = re.compile(r"(view_layers)\[([0-9]+)\]")


def mark_layers(scene: bpy.types.Scene, token: str) -> dict[str, str]:
    """Give each view layer a mark of its own, and return the marks by the layers' names.

    A layer keeps the mark that it has from the same token. A copy of a layer has the same mark, until it gets another.
    """
    marks: dict[str, str] = {}
    for layer in scene.view_layers:
        mark = layer.get(MARK)
        if not isinstance(mark, str) or not mark.startswith(token) or mark in marks.values():
            layer[MARK] = mark = f"{token} {secrets.token_hex(8)}"
        marks[layer.name] = mark
    return marks


def remove_marks(scene: bpy.types.Scene, marks: Collection[str]) -> None:
    """Remove these marks from the view layers of a scene."""
    for layer in scene.view_layers:
        if layer.get(MARK) in marks:
            del layer[MARK]


def names_by_mark(scene: bpy.types.Scene, marks: Collection[str]) -> dict[str, str]:
    """Return the names that marked view layers have now. Of a layer and its copies the first one counts."""
    names: dict[str, str] = {}
    for layer in scene.view_layers:
        mark = layer.get(MARK)
        if isinstance(mark, str) and mark in marks:
            names.setdefault(mark, layer.name)
    return names


def with_layer_name(scene: bpy.types.Scene, path: str) -> str:
    """Return a path with the name of a view layer instead of its index: layers are moved, too."""
    match = _INDEX.match(path)
    if match is None or int(match[2]) >= len(scene.view_layers):
        return path
    return f"{match[1]}{in_brackets(scene.view_layers[int(match[2])].name)}{path[match.end() :]}"
