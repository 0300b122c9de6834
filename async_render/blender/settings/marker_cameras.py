"""The cameras that timeline markers bind. The time grows linearly with the markers: a film has thousands of cuts."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import bpy

Mark: TypeAlias = "tuple[str, int]"
"""Name and frame of a marker."""


def cameras_of_markers(scene: bpy.types.Scene) -> set[bpy.types.Object]:
    """Return the cameras that markers of the scene bind, each once."""
    return {camera for marker in scene.timeline_markers if (camera := marker.camera) is not None}


def set_marker_cameras(scene: bpy.types.Scene, changes: Sequence[tuple[Any, Any]]) -> None:
    """Set the cameras of markers. The scene's active camera may be another one afterwards.

    At each change Blender searches all markers for the camera of the current frame, which takes a second for 10,000
    changes. The search stops at a marker at that frame: `BKE_scene_camera_switch_find` in
    source/blender/blenkernel/intern/scene.cc, 4.2 to 5.2. So the first marker moves to that frame meanwhile.

    Args:
        scene: the scene of the markers.
        changes: markers, each with its new camera, or None.
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
    """Find markers again that may have been moved, renamed or deleted: markers have no ids.

    A marker with the same name and frame is the same one. Else it is a marker with the same name, which was moved; or
    else a marker at the same frame, which was renamed.

    Args:
        known: the markers as they were.
        now: the markers that there are.

    Returns:
        For each known marker its index in `now`, or None. No two have the same index.
    """
    found: list[int | None] = [None] * len(known)
    taken: set[int] = set()
    for key in _KEYS:
        positions: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for position, mark in enumerate(now):
            if position not in taken:
                positions[key(mark)].append(position)
        for index, mark in enumerate(known):
            if found[index] is None and positions[key(mark)]:
                found[index] = position = positions[key(mark)].popleft()
                taken.add(position)
    return found


_KEYS: tuple[Callable[[Mark], Hashable], ...] = (lambda mark: mark, lambda mark: mark[0], lambda mark: mark[1])
