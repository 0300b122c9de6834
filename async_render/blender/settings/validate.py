"""Settings resolved for a scene: their frames and changes, or a refusal before anything changes."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...render.errors import RenderError, quoted
from ...render.frame_list import FrameList
from ...render.settings import RenderSettings
from ..datablocks import names_of
from .fields import Change, changes, property_of, roots_of
from .frame_range import frames_of
from .picture_sources import compositor_of, strips_of
from .property_checks import problem_with
from .scenes import find_camera


@dataclass(frozen=True)
class Resolved:
    """Settings, resolved for one scene.

    Attributes:
        frames: the frames that are rendered, in order.
        changes: the properties that the settings change, in Blender's order. A `{date}` in the path is one date here.
    """

    frames: FrameList
    changes: tuple[Change, ...]


def resolve(scene: bpy.types.Scene, settings: RenderSettings, *, first: int = 0) -> Resolved:
    """Resolve settings for a scene, or refuse them before anything changes.

    Args:
        scene: the scene that is rendered.
        settings: the settings, with the names that the scene's data has now.
        first: the first frame that can be rendered.

    Raises:
        RenderError: the settings cannot work in this scene.
    """
    if not scene.is_editable:
        raise RenderError(
            f"scene={scene.name!r} is linked from another file, its settings cannot be changed: make it local, "
            "or render it in its own file, after await ar.open_file(…)"
        )
    _check_camera(scene, settings.camera)
    _check_view_layers(scene, settings)
    return Resolved(frames_of(scene, settings, first=first), _checked_changes(scene, settings))


def _checked_changes(scene: bpy.types.Scene, settings: RenderSettings) -> tuple[Change, ...]:
    """Return the changes. Raise `RenderError` where a property is missing, locked or animated, or refuses its value."""
    checked = tuple(changes(scene, settings))
    roots = roots_of(scene, settings)
    for change in checked:
        problem = problem_with(property_of(scene, change, roots), change.value)
        if problem is not None:
            raise RenderError(f"{change.field}={quoted(change.given)} {problem}")
    return checked


def _check_camera(scene: bpy.types.Scene, name: str | None) -> None:
    if name is not None:
        camera = find_camera(scene, name)
        if camera is None or (camera.type != "CAMERA" and camera != scene.camera):
            what = "is not in" if camera is None else f"is of type {camera.type} in"
            raise RenderError(f"camera={name!r} {what} the scene {scene.name!r}; its cameras: {_cameras(scene)}")
    elif not _has_camera(scene) and not _renders_without_camera(scene):
        raise RenderError(
            f"camera=None, and the scene {scene.name!r} has no active camera: give one of {_cameras(scene)}"
        )


def _check_view_layers(scene: bpy.types.Scene, settings: RenderSettings) -> None:
    for name in settings.view_layers or ():
        if name not in scene.view_layers:
            layers = names_of(scene.view_layers)
            raise RenderError(f"view_layers: {name!r} is not in the scene {scene.name!r}; it has {layers}")


def _has_camera(scene: bpy.types.Scene) -> bool:
    return scene.camera is not None or any(marker.camera for marker in scene.timeline_markers)


def _renders_without_camera(scene: bpy.types.Scene) -> bool:
    """Return whether pictures may come from the sequencer or the compositor alone, without a camera. Blender reports an
    error where a picture needs a camera."""
    render = scene.render
    return bool(render.use_sequencer and strips_of(scene)) or bool(render.use_compositing and compositor_of(scene))


def _cameras(scene: bpy.types.Scene) -> str:
    return names_of([item for item in scene.objects if item.type == "CAMERA"])
