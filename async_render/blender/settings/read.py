"""The settings of a scene, read as `RenderSettings`."""

from __future__ import annotations

import struct
from typing import Any

import bpy

from ...render.names import KnownName, known_name
from ...render.path_templates import literal
from ...render.settings import RenderSettings
from ..quirks.versions import PATHS_HAVE_VARIABLES
from .fields import BORDER, PATHS, SAMPLES, WORKBENCH_SAMPLES, path_of_layer
from .recovery import binds_cameras, original_value
from .scenes import find_scene


def settings_of(name: str | None) -> RenderSettings:
    """Return all settings of the scene of that name; None: the window's scene.

    Raises:
        RenderError: there is no such scene.
    """
    return read_settings(find_scene(name))


def read_settings(scene: bpy.types.Scene) -> RenderSettings:
    """Return all settings that the scene has by itself, also while a render has given it others.

    The settings have a camera only where no marker binds one, and a step only where the step is not 1.
    """
    values: dict[str, Any] = {name: _read(scene, path) for name, path in PATHS.items()}
    if values["frame_step"] <= 1:
        del values["frame_step"]
    if not values["filepath"]:
        del values["filepath"]
    elif not PATHS_HAVE_VARIABLES:  # a brace is a plain character there, and begins a variable in `RenderSettings`
        values["filepath"] = literal(values["filepath"])
    engine = values["engine"]
    if engine in SAMPLES:
        samples = _read(scene, SAMPLES[engine])
        if engine == "BLENDER_WORKBENCH":
            samples = {text: number for number, text in WORKBENCH_SAMPLES.items()}.get(samples)
        values["samples"] = samples
    if engine == "CYCLES":
        values["use_denoising"] = _read(scene, "cycles.use_denoising")
    if _read(scene, "render.use_border"):
        left, bottom, right, top = (_shortest(_read(scene, f"render.{name}")) for name in BORDER)
        if left < right and bottom < top:  # Blender takes any other border, and says "Image too small" when it renders
            values["border"] = left, bottom, right, top
    camera = _read(scene, "camera")
    if camera.name and not binds_cameras(scene):
        values["camera"] = camera.name if camera.uid is None else KnownName(camera.name, camera.uid)
    layers = [layer.name for layer in scene.view_layers if _read(scene, f"{path_of_layer(layer.name)}.use")]
    return RenderSettings(scene=known_name(scene), view_layers=layers or None, **values)


def _read(scene: bpy.types.Scene, path: str) -> Any:
    return original_value(scene, path)


def _shortest(value: float) -> float:
    """Return the shortest number that is the same to Blender, which keeps 32 bits: 0.1 for 0.10000000149011612."""
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value
