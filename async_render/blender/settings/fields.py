"""The properties of a scene that the fields of `RenderSettings` set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple

import bpy

from ...render.errors import RenderError, quoted
from ...render.setting_values import Value
from ...render.settings import RenderSettings
from ..datablocks import Datablock, known_by
from ..quirks.versions import EEVEE_ENGINE, FORMATS_HAVE_MEDIA_TYPE
from .path_variables import for_this_blender, output_path
from .properties import (
    Location,
    OutOfReachError,
    Property,
    PropertyNotFoundError,
    find_at,
    find_property,
    in_brackets,
    way_out,
)
from .scenes import find_camera

PATHS = {
    "engine": "render.engine",
    "file_format": "render.image_settings.file_format",
    "color_mode": "render.image_settings.color_mode",
    "color_depth": "render.image_settings.color_depth",
    "exr_codec": "render.image_settings.exr_codec",
    "quality": "render.image_settings.quality",
    "compression": "render.image_settings.compression",
    "container": "render.ffmpeg.format",
    "video_codec": "render.ffmpeg.codec",
    "audio_codec": "render.ffmpeg.audio_codec",
    "frame_start": "frame_start",
    "frame_end": "frame_end",
    "frame_step": "frame_step",
    "filepath": "render.filepath",
    "resolution_x": "render.resolution_x",
    "resolution_y": "render.resolution_y",
    "resolution_percentage": "render.resolution_percentage",
    "use_crop_to_border": "render.use_crop_to_border",
    "film_transparent": "render.film_transparent",
    "use_persistent_data": "render.use_persistent_data",
    "use_compositing": "render.use_compositing",
    "use_sequencer": "render.use_sequencer",
    "use_overwrite": "render.use_overwrite",
    "use_placeholder": "render.use_placeholder",
}
"""The fields that set one property each, with the property's path from the scene. Properties that others depend on come
first."""

BORDER = ("border_min_x", "border_min_y", "border_max_x", "border_max_y")

EEVEE = frozenset(("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"))

SAMPLES = {
    "CYCLES": "cycles.samples",
    "BLENDER_EEVEE": "eevee.taa_render_samples",
    "BLENDER_EEVEE_NEXT": "eevee.taa_render_samples",
    "BLENDER_WORKBENCH": "display.render_aa",
}

WORKBENCH_SAMPLES = {1: "OFF", 5: "5", 8: "8", 11: "11", 16: "16", 32: "32"}

_MEDIA = {"FFMPEG": "VIDEO", "OPEN_EXR_MULTILAYER": "MULTI_LAYER_IMAGE"}


class Change(NamedTuple):
    """A property that a field sets, and its new value."""

    field: str
    given: Any
    """The value that the user gave, for messages."""
    path: str
    value: Value


def changes(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[Change]:
    """Yield the changes that settings make in a scene, in the order in which Blender takes them. The camera is not
    among them.

    Raises:
        RenderError: the engine has no such setting, or the output path cannot be composed.
    """
    if settings.file_format is not None and FORMATS_HAVE_MEDIA_TYPE:
        media = _MEDIA.get(settings.file_format, "IMAGE")
        yield Change("file_format", settings.file_format, "render.image_settings.media_type", media)
    for name, path in PATHS.items():
        value = getattr(settings, name)
        if value is not None:
            yield Change(name, value, path, _value(scene, settings, name))
    yield from _border(settings)
    yield from _view_layers(scene, settings)
    yield from _of_engine(scene, settings)
    for path, value in (settings.overrides or {}).items():
        yield Change(f"overrides[{path!r}]", value, path, value)


def _value(scene: bpy.types.Scene, settings: RenderSettings, name: str) -> Any:
    if name == "engine":
        return engine_of(scene, settings)
    if name == "filepath":
        return for_this_blender(output_path(scene, settings))
    return getattr(settings, name)


def engine_of(scene: bpy.types.Scene, settings: RenderSettings) -> str:
    """Return the engine's identifier.

    EEVEE is `BLENDER_EEVEE_NEXT` in 4.2–4.5, and `BLENDER_EEVEE` before and after.
    """
    name = settings.engine or scene.render.engine
    return EEVEE_ENGINE if name in EEVEE else name


def _border(settings: RenderSettings) -> Iterator[Change]:
    if settings.border is not None:
        yield Change("border", settings.border, "render.use_border", True)
        for name, value in zip(BORDER, settings.border, strict=True):
            yield Change("border", settings.border, f"render.{name}", value)


def _view_layers(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[Change]:
    if settings.view_layers is not None:
        for layer in scene.view_layers:
            used = layer.name in settings.view_layers
            yield Change("view_layers", settings.view_layers, f"{path_of_layer(layer.name)}.use", used)
        # With it Blender would render the window's layer only.
        yield Change("view_layers", settings.view_layers, "render.use_single_layer", False)


def path_of_layer(name: str) -> str:
    """Return a view layer's path from its scene."""
    return f"view_layers{in_brackets(name)}"


def _of_engine(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[Change]:
    engine = engine_of(scene, settings)
    if settings.samples is not None:
        yield Change("samples", settings.samples, *_samples(engine, settings.samples))
    if settings.use_denoising is not None:
        if engine != "CYCLES":
            raise RenderError(
                f"use_denoising={settings.use_denoising}: the engine {engine!r} has no denoising; leave it out"
            )
        yield Change("use_denoising", settings.use_denoising, "cycles.use_denoising", settings.use_denoising)


def _samples(engine: str, samples: int) -> tuple[str, Value]:
    if engine not in SAMPLES:
        raise RenderError(
            f"samples={samples} is not possible: the samples of the engine {engine!r} are not known; "
            "set its property in overrides"
        )
    if engine != "BLENDER_WORKBENCH":
        return SAMPLES[engine], samples
    if samples not in WORKBENCH_SAMPLES:
        raise RenderError(f"samples={samples}: the engine {engine!r} takes {', '.join(map(str, WORKBENCH_SAMPLES))}")
    return SAMPLES[engine], WORKBENCH_SAMPLES[samples]


def roots_of(scene: bpy.types.Scene, settings: RenderSettings) -> dict[str, Datablock]:
    """Return the datablocks that paths will lead into while the settings are applied, by the way out of the scene.

    The scene has another camera and another world then, and may have none now.
    """
    roots: dict[str, Datablock] = {}
    for path, value in (settings.overrides or {}).items():
        name = path.lstrip(".")
        if name in {"camera", "world"} and isinstance(value, str):
            with suppress(LookupError, ValueError):
                found = find_property(scene, path).datablock(value)
                roots["camera.data" if name == "camera" else name] = known_by(found.data if name == "camera" else found)
    camera = None if settings.camera is None else find_camera(scene, settings.camera)
    if camera is not None:
        roots["camera.data"] = known_by(camera.data)
    return roots


def property_of(
    scene: bpy.types.Scene, change: Change, roots: Mapping[str, Datablock] = MappingProxyType({})
) -> Property:
    """Return the property that a change sets.

    Args:
        scene: the scene.
        change: the change.
        roots: the result of `roots_of`, before the settings are applied; none: the scene has the settings.

    Raises:
        RenderError: there is no such property, or settings may not set it.
    """
    try:
        root = roots.get(way_out(change.path) or "")
        return find_property(scene, change.path) if root is None else find_at(scene, Location(change.path, root))
    except OutOfReachError as error:
        raise RenderError(f"{change.field}={quoted(change.given)} is not a setting of a render: {error}") from error
    except PropertyNotFoundError as error:
        raise RenderError(f"{change.field}={quoted(change.given)} is not possible in this Blender: {error}") from error
