"""Scenes, their cameras and their segments, found by name."""

from __future__ import annotations

from typing import NamedTuple

import bpy

from ...render.errors import RenderError
from ...render.names import BlenderData, known_name
from ...render.segments import Segment, segments_between
from ...render.setting_values import checked
from ..datablocks import by_known_name, by_name, by_uid, names_of
from .recovery import original_value


def find_scene(name: str | None) -> bpy.types.Scene:
    """Return the scene of that name; None: the window's scene.

    Raises:
        RenderError: there is no such scene.
    """
    scene: bpy.types.Scene | None = bpy.context.scene if name is None else by_name(bpy.data.scenes, name)
    if scene is None:
        raise RenderError(f"scene={name!r} is not in this file; it has {names_of(bpy.data.scenes)}")
    return scene


class KnownScene(NamedTuple):
    """A scene that can be found again after an `await`. The scene may be renamed meanwhile, and another scene may get
    its name."""

    uid: int
    """The scene's `session_uid`."""
    name: str
    """The name that the scene had before, for messages."""


def known_scene(name: str | None = None) -> KnownScene:
    """Return the scene of that name in a form that can be found again; None: the window's scene.

    Raises:
        RenderError: there is no such scene.
    """
    scene = find_scene(name)
    return KnownScene(scene.session_uid, scene.name)


def found_again(known: KnownScene) -> bpy.types.Scene:
    """Return the scene as it is now.

    Raises:
        RenderError: the scene is gone.
    """
    scene: bpy.types.Scene | None = by_uid(bpy.data.scenes, known.uid)
    if scene is None:
        raise RenderError(
            f"scene={known.name!r} is gone: it was deleted, or another file was loaded, "
            "while its render waited in the queue"
        )
    return scene


def find_camera(scene: bpy.types.Scene, name: str) -> bpy.types.Object | None:
    """Return the object that `camera=` names; None: there is none.

    Names are not unique: a linked object may have the name of a local one. The scene's active camera counts first. An
    active camera may be no camera object, and in no collection of the scene.
    """
    known: bpy.types.Object | None = by_known_name(bpy.data.objects, name)
    if known is not None:
        return known
    active = scene.camera
    return active if active is not None and active.name == name else scene.objects.get(name)


def segments(scene: str | BlenderData | None = None) -> tuple[Segment, ...]:
    """Return the segments of a scene: the frames from each timeline marker to the frame before the next one.

    The last segment ends with the scene's frame range. Frames outside of that range belong to no segment.

    Args:
        scene: the scene, or its name; None: the window's scene.

    Returns:
        The segments, in the order of their frames.

    Raises:
        RenderError: there is no such scene, or none of its markers begins a segment.

    Example:
        >>> [(segment.name, segment.frame_start, segment.frame_end) for segment in ar.segments()]
        [('Intro', 1, 48), ('Chase', 49, 120)]
    """
    found = find_scene(None if scene is None else checked("scene", scene))
    markers = [(marker.frame, marker.name) for marker in found.timeline_markers]
    # The scene's own range, also while a render has given it another one.
    start, end = (original_value(found, name) for name in ("frame_start", "frame_end"))
    return segments_between(markers, start, end, known_name(found))
