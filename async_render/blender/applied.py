"""Giving a scene other settings for a while, and its own ones back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..render.errors import RenderError
from ..render.settings import RenderSettings
from .fields import Change, changes
from .leftovers import note_kept_in
from .marker_cameras import set_marker_cameras
from .memory import Memory
from .properties import (
    BLENDER_REFUSES,
    Property,
    PropertyNotFoundError,
    by_uid,
    find_property,
    is_same,
    possible_now,
    problem_with,
)

_GROUPS = {"render.image_settings": ("media_type", "file_format"), "render.ffmpeg": ("format",)}
"""Structs where setting one property may change others, and the properties of theirs that have to be set first. The
first movie format that is chosen in a file fills in the second."""


def check_changes(scene: bpy.types.Scene, settings: RenderSettings) -> None:
    """Raise `RenderError` where a property is missing, locked, animated, or refuses its value. Changes nothing."""
    for change in changes(scene, settings):
        problem = problem_with(_find(scene, change), change.value)
        if problem is not None:
            raise RenderError(f"{change.field}={change.given!r} {problem}")


def _find(scene: bpy.types.Scene, change: Change) -> Property:
    try:
        return find_property(scene, change.path)
    except PropertyNotFoundError as error:
        raise RenderError(f"{change.field}={change.given!r} is not possible in this Blender: {error}") from error


@contextmanager
def applied(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[None]:
    """Give the scene these settings inside the `with` block, and its own ones back after it.

    The scene may be renamed, or vanish with its file, meanwhile: it is found again by its `session_uid`, which
    survives renaming and undo and is never used twice. What an undo brings back later is put right by `leftovers`.

    Raises:
        RenderError: the scene does not take one of the values; it is as it was then. Or, after the block: some
            properties could not be given back; all others were.
    """
    memory = Memory()
    uid = scene.session_uid
    try:
        _apply(scene, settings, memory)
        with note_kept_in(scene, memory):
            yield
    finally:
        _give_back(uid, memory)


def _apply(scene: bpy.types.Scene, settings: RenderSettings, memory: Memory) -> None:
    wanted = list(changes(scene, settings))
    memory.keep(scene, "frame_start", "frame_end")  # setting one may push the other
    if scene != bpy.context.scene:
        memory.keep(scene, "frame_current")  # the operator gives another scene the frame of the window's
    for group, first in _GROUPS.items():
        if any(change.path.startswith((group, "render.image_settings.file_format")) for change in wanted):
            memory.keep_all(scene, group, first)
    memory.keep(scene, "camera")  # Blender follows the cameras of markers while it renders
    memory.keep(scene, *(change.path for change in wanted))
    for change in wanted:
        _set(scene, change)
    memory.forget_unchanged(scene, {"camera", "frame_current", *(change.path for change in wanted)})
    if settings.camera is not None:
        memory.keep_marker_cameras(scene)
        bound = [marker for marker in scene.timeline_markers if marker.camera is not None]
        set_marker_cameras(scene, [(marker, None) for marker in bound])  # they would win over ours, frame by frame
        scene.camera = scene.objects[settings.camera]  # last: each marker's change lets Blender switch the camera


def _set(scene: bpy.types.Scene, change: Change) -> None:
    found = _find(scene, change)
    what = f"{change.field}={change.given!r}"
    if is_same(found.get(), change.value):
        return  # setting it would be no change, but may have side effects
    try:
        found.set(change.value)
    except BLENDER_REFUSES as error:
        is_choice = found.rna is not None and found.rna.type == "ENUM"
        remedy = f"; it has {', '.join(possible_now(found))}" if is_choice else f": {error}"
        raise RenderError(f"{what} is not possible in this Blender{remedy}") from error
    got = found.get()
    if not is_same(got, change.value):
        raise RenderError(f"{what} is not possible in this Blender, which makes {got!r} of it")


def _give_back(uid: int, memory: Memory) -> None:
    scene = by_uid(bpy.data.scenes, uid)
    if scene is None:
        return
    problems = memory.restore(scene)
    if problems:
        raise RenderError(f"the scene {scene.name!r} could not be given back {'; '.join(problems)}")
