"""The variables in an output path, replaced for a scene: `render/path_templates.py` has their rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import bpy

from ...render.errors import RenderError
from ...render.path_templates import fill_in, for_old_blender, names_in, twin_message, twins
from ...render.settings import RenderSettings
from ..quirks.versions import PATHS_HAVE_VARIABLES
from .frame_range import listed, range_of
from .marker_cameras import cameras_of_frames


def output_path(scene: bpy.types.Scene, settings: RenderSettings) -> str:
    """Return the output path with our variables replaced. Blender replaces its own variables later.

    As `settings.replace(filepath=…)` the path stays as it is, so that `{date}` is one date for all parts of a render.

    Raises:
        RenderError: a variable is not known or has no value.
    """
    if settings.filepath is None:
        return scene.render.filepath
    path = str(settings.filepath)
    camera = settings.camera
    if camera is None and "{camera" in path:  # only there: a film has thousands of markers
        first = _first_camera(scene, settings)
        camera = None if first is None else first.name
    layers = settings.view_layers or [layer.name for layer in scene.view_layers if layer.use]
    _check_twins(scene, settings, camera, layers)
    values = {"scene": scene.name, "camera": camera, "segment": settings.segment, "view_layer": "+".join(layers)}
    try:
        return fill_in(path, values, datetime.now().astimezone())
    except ValueError as error:
        raise RenderError(str(error)) from error


def _check_twins(scene: bpy.types.Scene, settings: RenderSettings, camera: str | None, layers: Sequence[str]) -> None:
    """Raise `RenderError` when a name that is put into the path has a twin: see `twins`."""
    names = {name.removesuffix("_name") for name in names_in(str(settings.filepath))}  # Blender's {scene_name}, too
    cameras = [item for item in scene.objects if item.type == "CAMERA"] if "camera" in names else []
    for field, chosen, known in (
        ("scene", [scene.name], bpy.data.scenes),
        ("camera", [camera], cameras),
        ("segment", [settings.segment], scene.timeline_markers),
        ("view_layer", layers, scene.view_layers),
    ):
        twin_of = twins(item.name for item in known) if field in names else {}
        for name in chosen:
            if name in twin_of:
                raise RenderError(twin_message(field, name, twin_of[name]))


def _first_camera(scene: bpy.types.Scene, settings: RenderSettings) -> bpy.types.Object | None:
    """Return the camera of the first frame."""
    start, end = range_of(scene, settings)
    first = start if settings.frames is None else listed(settings.frames, start, end)[0]
    return next(iter(cameras_of_frames(scene, (first,))), None)


def for_this_blender(path: str) -> str:
    """Return an output path as this Blender takes it: before 4.5 it has no variables, and a brace is a plain character.

    Raises:
        RenderError: the path has a variable that only later Blenders replace.
    """
    if PATHS_HAVE_VARIABLES:
        return path
    try:
        return for_old_blender(path)
    except ValueError as error:
        raise RenderError(str(error)) from error
