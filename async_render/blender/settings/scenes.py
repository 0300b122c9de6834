"""Finding scenes, cameras and segments."""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy

from ...render.errors import RenderError
from ...render.segments import Segment, segments_between
from ..datablocks import KnownName, by_name, by_uid
from .recovery import original_value


def find_scene(name: str | None) -> bpy.types.Scene:
    """The scene of that name; None: the window's.

    Raises:
        RenderError: there is none.
    """
    scene: bpy.types.Scene | None = bpy.context.scene if name is None else by_name(bpy.data.scenes, name)
    if scene is None:
        raise RenderError(f"scene={name!r} is not in this file; it has {names_of(bpy.data.scenes)}")
    return scene


class KnownScene(NamedTuple):
    """A scene, to be found again after an `await`: it may be renamed meanwhile, and another one get its name."""

    uid: int
    """Its `session_uid`."""
    name: str
    """What it was called, for messages."""


def known_scene(name: str | None = None) -> KnownScene:
    """The scene of that name, to be found again; None: the window's.

    Raises:
        RenderError: there is none.
    """
    scene = find_scene(name)
    return KnownScene(scene.session_uid, scene.name)


def found_again(known: KnownScene) -> bpy.types.Scene:
    """The scene, as it is now.

    Raises:
        RenderError: it is gone.
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

    Names are not unique: a linked object may have the name of a local one. The scene's active camera comes first, which
    may be no camera, and in no collection of the scene.
    """
    known: bpy.types.Object | None = by_uid(bpy.data.objects, name.uid) if isinstance(name, KnownName) else None
    if known is not None:
        return known
    active = scene.camera
    return active if active is not None and active.name == name else scene.objects.get(name)


def segments(scene: str | None = None) -> tuple[Segment, ...]:
    """The segments of a scene: the frames from each timeline marker to the frame before the next one.

    The last segment ends with the scene's frame range, and nothing outside of that range belongs to a segment.

    Args:
        scene: its name; None: the window's scene.

    Returns:
        The segments, in the order of their frames.

    Raises:
        RenderError: there is no such scene, or none of its markers begins a segment.

    Example:
        >>> [(segment.name, segment.frame_start, segment.frame_end) for segment in ar.segments()]
        [('Intro', 1, 48), ('Chase', 49, 120)]
    """
    found = find_scene(scene)
    markers = [(marker.frame, marker.name) for marker in found.timeline_markers]
    start, end = (original_value(found, name) for name in ("frame_start", "frame_end"))  # whatever is rendered just now
    return segments_between(markers, start, end, KnownName(found.name, found.session_uid))


def names_of(datablocks: Any) -> str:
    return ", ".join(repr(item.name) for item in datablocks) or "none"
