"""Items of lists that take no mark, as render views and Freestyle's line sets: how a renamed one is found again.

A view layer has a mark (`layer_marks.py`), since it takes a custom property. These items take none, and have no
`session_uid`. So the names of a whole list are noted. An item whose name is gone is the new name at the same place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import bpy

from .properties import in_brackets

_NAME = re.compile(r'\["(?:[^"\\]|\\.)*"\]')


def lists_in(scene: bpy.types.Scene, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the path of each list that a property's path goes through, and the names of the list's items now."""
    for found in _NAME.finditer(path):
        before = path[: found.start()]
        names = _names(scene, before)
        if names is not None:
            yield before, names


def with_names_of_now(scene: bpy.types.Scene, old: str, path: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """Return a path with the names that its items have now.

    Args:
        scene: the scene.
        old: the path as it was when the lists were noted.
        path: the same path, in which a view layer may have its name of now already.
        known: the names that each list had, by the path of the list.
    """
    now, at = "", 0
    for before, found in zip(_NAME.finditer(old), _NAME.finditer(path), strict=True):
        now += path[at : found.start()]
        is_known = before[0] == found[0]
        now += _renamed(found[0], known.get(old[: before.start()], ()), _names(scene, now)) if is_known else found[0]
        at = found.end()
    return now + path[at:]


def _renamed(key: str, known: tuple[str, ...], names: tuple[str, ...] | None) -> str:
    keys = [in_brackets(name) for name in known]
    if names is None or key not in keys or key in map(in_brackets, names):
        return key
    at = keys.index(key)
    return in_brackets(names[at]) if at < len(names) and names[at] not in known else key


def _names(scene: bpy.types.Scene, path: str) -> tuple[str, ...] | None:
    """Return the names of a list's items; None: the path leads to no list."""
    try:
        items: Any = scene.path_resolve(path) if path else None
    except ValueError:
        return None
    return tuple(items.keys()) if isinstance(items, bpy.types.bpy_prop_collection) else None
