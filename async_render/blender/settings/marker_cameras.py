"""The cameras that timeline markers bind. The time grows linearly with the markers: a film has thousands of cuts."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import bpy

Mark: TypeAlias = "tuple[str, int]"
"""Name and frame of a marker."""


def cameras_of_markers(scene: bpy.types.Scene) -> set[bpy.types.Object]:
    """Return the cameras that markers of the scene bind, each once."""
    return {camera for marker in scene.timeline_markers if (camera := marker.camera) is not None}


def cameras_of_frames(scene: bpy.types.Scene, frames: Sequence[int]) -> dict[bpy.types.Object, None]:
    """Return the cameras by which frames are rendered, each once, in order.

    A frame's camera is that of the last marker up to the frame, or else of the first marker. Where no marker binds a
    camera that is rendered, the scene's camera counts: `BKE_scene_camera_switch_find` in
    source/blender/blenkernel/intern/scene.cc.

    Args:
        scene: the scene.
        frames: the frames, in order.
    """
    bound = [(marker.frame, camera) for marker in scene.timeline_markers if (camera := marker.camera) is not None]
    bound = sorted(((frame, camera) for frame, camera in bound if not camera.hide_render), key=lambda mark: mark[0])
    if not bound:
        return {} if scene.camera is None else {scene.camera: None}
    begins = [0, *(bisect_left(frames, frame) for frame, _ in bound[1:]), len(frames)]
    return dict.fromkeys(
        camera for (_, camera), (begin, end) in zip(bound, pairwise(begins), strict=True) if begin < end
    )


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
