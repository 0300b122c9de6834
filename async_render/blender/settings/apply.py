"""Settings applied to a scene for a while, and restored."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import bpy

from ...render.errors import RenderError, quoted
from ...render.settings import RenderSettings
from ..datablocks import by_uid, known_by
from .fields import Change, changes, property_of
from .marker_cameras import cameras_of_markers, set_marker_cameras
from .properties import BLENDER_REFUSES, way_out
from .property_checks import is_same, possible_now
from .recovery import marked, recover, snapshots_of
from .scenes import find_camera
from .snapshot import Snapshot

log = logging.getLogger("async_render")

_GROUPS = {"render.image_settings": ("media_type", "file_format"), "render.ffmpeg": ("format",)}
"""Structs in which one property may change others, and the properties that must be restored first. The first movie
format that is chosen in a file fills in the second struct."""


@contextmanager
def applied(
    scene: bpy.types.Scene, settings: RenderSettings, resolved: Sequence[Change] | None = None
) -> Iterator[Snapshot]:
    """Apply settings to a scene inside the `with` block, and restore the scene's own settings after it.

    A setting that the user changes meanwhile stays as the user chose. The scene may be renamed, or disappear with its
    file. So the scene is found by its `session_uid`, which survives renaming and undo and is never used twice.
    `recovery` restores what an undo or a file brings back later.

    Args:
        scene: the scene that the settings are for.
        settings: the settings.
        resolved: the changes that `resolve` has found for these settings; None: `applied` resolves them itself.

    Yields:
        The snapshot, with the values that are restored.

    Raises:
        RenderError: the scene does not take a value, and is unchanged. Or, after a block that ended without an error:
            some properties could not be restored; all others were.
    """
    snapshot = Snapshot()
    uid = scene.session_uid
    try:
        _apply(scene, settings, changes(scene, settings) if resolved is None else resolved, snapshot)
        with marked(scene, snapshot):
            yield snapshot
    except BaseException as error:
        _restore(uid, snapshot, error)
        raise
    _restore(uid, snapshot, None)


def _apply(scene: bpy.types.Scene, settings: RenderSettings, resolved: Iterable[Change], snapshot: Snapshot) -> None:
    wanted = list(resolved)
    snapshot.save(scene, "frame_start", "frame_end")  # setting one of them may move the other
    for group, first in _GROUPS.items():
        if any(change.path.startswith((group, "render.image_settings.file_format")) for change in wanted):
            snapshot.save_struct(scene, group, first)
    always = snapshot.save(scene, "camera")  # Blender switches to the cameras of markers while it renders
    if scene != bpy.context.scene:
        # The operator sets another scene to the frame of the window's scene.
        always += snapshot.save(scene, "frame_current")
    # Properties of the job's camera and world are saved and set when the scene has them.
    outside = [change for change in wanted if way_out(change.path)]
    others = [change for change in wanted if not way_out(change.path)]
    always += snapshot.save(scene, *(change.path for change in others))
    try:
        for change in others:
            _set(scene, change)
        snapshot.drop_unchanged(scene, set(always))
        if settings.camera is not None:
            camera = find_camera(scene, settings.camera)
            snapshot.save_marker_cameras(scene)
            bound = [marker for marker in scene.timeline_markers if marker.camera is not None]
            # Else Blender would use the cameras of markers, frame by frame.
            set_marker_cameras(scene, [(marker, None) for marker in bound])
            scene.camera = camera  # last, since each change of a marker lets Blender switch the camera
        snapshot.save(scene, *(change.path for change in outside))
        for change in outside:
            _set(scene, change)
    finally:
        snapshot.record_job_values(scene)
    snapshot.add_job_values("camera", *map(known_by, cameras_of_markers(scene)))
    _note_windows_frame(scene, snapshot)


def _note_windows_frame(scene: bpy.types.Scene, snapshot: Snapshot) -> None:
    window_scene = bpy.context.scene
    if window_scene is not None and scene != window_scene:
        snapshot.add_job_values("frame_current", window_scene.frame_current)


def _set(scene: bpy.types.Scene, change: Change) -> None:
    found = property_of(scene, change)
    what = f"{change.field}={quoted(change.given)}"
    if is_same(found.get(), change.value):
        return  # setting the same value may have side effects
    try:
        found.set(change.value)
    except BLENDER_REFUSES as error:
        is_choice = found.rna is not None and found.rna.type == "ENUM"
        remedy = f"; it has {', '.join(possible_now(found))}" if is_choice else f": {error}"
        raise RenderError(f"{what} is not possible in this Blender{remedy}") from error
    got = found.get()
    if not is_same(got, change.value):
        raise RenderError(f"{what} is not possible in this Blender, which makes {quoted(got)} of it")


def _restore(uid: int, snapshot: Snapshot, error: BaseException | None) -> None:
    """Restore the scene.

    A property that cannot be restored never hides the error or the cancel that ended the block.
    """
    scene = by_uid(bpy.data.scenes, uid)
    if scene is None:
        return
    try:
        _note_windows_frame(scene, snapshot)
        problems = snapshot.restore(scene, snapshots_of(scene))
    except Exception as unforeseen:
        if error is None:
            raise
        log.exception("the settings of the scene %r could not be restored: %s", scene.name, unforeseen)
        return
    finally:
        if not snapshots_of(scene):
            snapshot.remove_marks(scene)
        recover()  # copies of the scene that were made meanwhile, and what an undo has brought back
    if problems:
        message = f"the scene {scene.name!r}: these settings could not be restored: {'; '.join(problems)}"
        if error is None:
            raise RenderError(message)
        error.add_note(message)
        log.error("%s", message)
