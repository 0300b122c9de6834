"""The cameras that timeline markers bind, in time that grows with their number: a film has thousands of cuts."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import bpy

Mark: TypeAlias = "tuple[str, int]"
"""Name and frame of a marker."""


def cameras_of_markers(scene: bpy.types.Scene) -> set[bpy.types.Object]:
    """The cameras that markers of the scene bind, each once."""
    return {camera for marker in scene.timeline_markers if (camera := marker.camera) is not None}


def set_marker_cameras(scene: bpy.types.Scene, changes: Sequence[tuple[Any, Any]]) -> None:
    """Give markers of the scene other cameras, or none. The scene's active camera may be another one afterwards.

    At each change Blender looks through all markers for the camera of the current frame, and takes a second for 10,000
    changes. It stops where a marker stands at that frame: `BKE_scene_camera_switch_find` in
    source/blender/blenkernel/intern/scene.cc, 4.2 to 5.2. So the first marker stands there meanwhile.

    Args:
        scene: whose markers they are.
        changes: markers, each with the camera that it shall have.
    """
    if not changes:
        return
    head = scene.timeline_markers[0]
    frame, camera = head.frame, head.camera
    head.frame, head.camera = scene.frame_current, scene.camera
    try:
        for marker, wanted in changes:
            if marker == head:
                camera = wanted
            else:
                marker.camera = wanted
    finally:
        head.frame, head.camera = frame, camera


def find_again(known: Sequence[Mark], now: Sequence[Mark]) -> list[int | None]:
    """Where markers are that may have been moved, renamed or deleted meanwhile: they have no ids.

    One that has the same name and frame is the same one; then one of the same name, which was moved; then one at the
    same frame, which was renamed.

    Args:
        known: the markers as they were.
        now: those among which they are looked for.

    Returns:
        For each of the known ones its place among the others, or None; no two have the same.
    """
    found: list[int | None] = [None] * len(known)
    taken: set[int] = set()
    for key in _KEYS:
        places: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for place, mark in enumerate(now):
            if place not in taken:
                places[key(mark)].append(place)
        for index, mark in enumerate(known):
            if found[index] is None and places[key(mark)]:
                found[index] = place = places[key(mark)].popleft()
                taken.add(place)
    return found


_KEYS: tuple[Callable[[Mark], Hashable], ...] = (lambda mark: mark, lambda mark: mark[0], lambda mark: mark[1])
