"""Which properties of a scene the fields of `RenderSettings` are."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import bpy

from ...render.errors import RenderError
from ...render.names import KnownName
from ...render.path_templates import fill_in, for_old_blender, names_in, twin_message, twins
from ...render.settings import RenderSettings, Value
from ..datablocks import by_uid
from .properties import in_brackets
from .recovery import binds_cameras, own_value

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
"""The fields that are one property each, by its path from the scene; those on which others depend come first."""

_BORDER = ("border_min_x", "border_min_y", "border_max_x", "border_max_y")

EEVEE = frozenset(("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"))

_SAMPLES = {
    "CYCLES": "cycles.samples",
    "BLENDER_EEVEE": "eevee.taa_render_samples",
    "BLENDER_EEVEE_NEXT": "eevee.taa_render_samples",
    "BLENDER_WORKBENCH": "display.render_aa",
}

_WORKBENCH_SAMPLES = {1: "OFF", 5: "5", 8: "8", 11: "11", 16: "16", 32: "32"}

_MEDIA = {"FFMPEG": "VIDEO", "OPEN_EXR_MULTILAYER": "MULTI_LAYER_IMAGE"}


class Change(NamedTuple):
    """One property that a field sets."""

    field: str
    given: Any
    """What the user gave, for messages."""
    path: str
    value: Value


def changes(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[Change]:
    """What the settings set in the scene, in the order in which Blender takes it; the camera is not among it.

    Raises:
        RenderError: the engine has no such setting, or the output path cannot be made.
    """
    if settings.file_format is not None and bpy.app.version >= (5, 0):
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
        return _for_this_blender(output_path(scene, settings))
    return getattr(settings, name)


def engine_of(scene: bpy.types.Scene, settings: RenderSettings) -> str:
    """EEVEE is `BLENDER_EEVEE_NEXT` in 4.2–4.5, and `BLENDER_EEVEE` before and after."""
    name = settings.engine or scene.render.engine
    if name in EEVEE:
        return "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0) else "BLENDER_EEVEE"
    return name


def _border(settings: RenderSettings) -> Iterator[Change]:
    if settings.border is not None:
        yield Change("border", settings.border, "render.use_border", True)
        for name, value in zip(_BORDER, settings.border, strict=True):
            yield Change("border", settings.border, f"render.{name}", value)


def _view_layers(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[Change]:
    if settings.view_layers is not None:
        for layer in scene.view_layers:
            used = layer.name in settings.view_layers
            yield Change("view_layers", settings.view_layers, f"{path_of_layer(layer.name)}.use", used)
        # It would render the window's layer, and no other.
        yield Change("view_layers", settings.view_layers, "render.use_single_layer", False)


def path_of_layer(name: str) -> str:
    """The path of a view layer from its scene."""
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
    if engine not in _SAMPLES:
        raise RenderError(
            f"samples={samples} is not known for the engine {engine!r}; set its own property in overrides"
        )
    if engine != "BLENDER_WORKBENCH":
        return _SAMPLES[engine], samples
    if samples not in _WORKBENCH_SAMPLES:
        raise RenderError(f"samples={samples}: the engine {engine!r} has {', '.join(map(str, _WORKBENCH_SAMPLES))}")
    return _SAMPLES[engine], _WORKBENCH_SAMPLES[samples]


def output_path(scene: bpy.types.Scene, settings: RenderSettings) -> str:
    """The output path with our names put in; Blender's own are still to be put in by Blender.

    Given to `settings.replace(filepath=…)`, it stays as it is: so that `{date}` is one date for all parts of a render.

    Raises:
        RenderError: the template has an unknown name, or one without a value.
    """
    if settings.filepath is None:
        return scene.render.filepath
    path = str(settings.filepath)
    camera = settings.camera
    if camera is None and "{camera" in path:  # only there: a film has thousands of markers
        camera = _first_camera(scene, settings)
    layers = settings.view_layers or [layer.name for layer in scene.view_layers if layer.use]
    _check_apart(scene, settings, camera, layers)
    values = {"scene": scene.name, "camera": camera, "segment": settings.segment, "view_layer": "+".join(layers)}
    try:
        return fill_in(path, values, datetime.now().astimezone())
    except ValueError as error:
        raise RenderError(str(error)) from error


def _check_apart(scene: bpy.types.Scene, settings: RenderSettings, camera: str | None, layers: Sequence[str]) -> None:
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


def _first_camera(scene: bpy.types.Scene, settings: RenderSettings) -> str | None:
    """The camera of the first frame: that of the last marker up to there that binds one, or else the scene's."""
    first = scene.frame_start if settings.frame_start is None else settings.frame_start
    if isinstance(settings.frames, tuple):
        first = settings.frames[0]
    cameras = [(marker.frame, marker.camera) for marker in scene.timeline_markers]
    bound = sorted((frame, camera.name) for frame, camera in cameras if camera and not camera.hide_render)
    if bound:  # before the first of them it is that one: BKE_scene_camera_switch_find in source/blender/blenkernel
        return next((camera for frame, camera in reversed(bound) if frame <= first), bound[0][1])
    return scene.camera.name if scene.camera else None


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


def _for_this_blender(path: str) -> str:
    if bpy.app.version >= (4, 5):
        return path
    try:
        return for_old_blender(path)
    except ValueError as error:
        raise RenderError(str(error)) from error


def read_settings(scene: bpy.types.Scene) -> RenderSettings:
    """All fields, as the scene has them by itself, whatever is rendered just now.

    An explicit camera is among them only where no marker binds one, and a step only where it is not 1.
    """
    values: dict[str, Any] = {name: _read(scene, path) for name, path in PATHS.items()}
    if values["frame_step"] <= 1:
        del values["frame_step"]
    if not values["filepath"]:
        del values["filepath"]
    elif bpy.app.version < (4, 5):  # a brace is a brace there, and begins a name in `RenderSettings`
        values["filepath"] = values["filepath"].replace("{", "{{").replace("}", "}}")
    engine = values["engine"]
    if engine in _SAMPLES:
        samples = _read(scene, _SAMPLES[engine])
        if engine == "BLENDER_WORKBENCH":
            samples = {text: number for number, text in _WORKBENCH_SAMPLES.items()}.get(samples)
        values["samples"] = samples
    if engine == "CYCLES":
        values["use_denoising"] = _read(scene, "cycles.use_denoising")
    if _read(scene, "render.use_border"):
        values["border"] = tuple(_shortest(_read(scene, f"render.{name}")) for name in _BORDER)
    camera = _read(scene, "camera")
    if camera.name and not binds_cameras(scene):
        values["camera"] = camera.name if camera.uid is None else KnownName(camera.name, camera.uid)
    layers = [layer.name for layer in scene.view_layers if _read(scene, f"{path_of_layer(layer.name)}.use")]
    known = KnownName(scene.name, scene.session_uid)
    return RenderSettings(scene=known, view_layers=layers or None, **values)


def _read(scene: bpy.types.Scene, path: str) -> Any:
    return own_value(scene, path)


def _shortest(value: float) -> float:
    """The shortest number that is the same to Blender, which keeps 32 bits: 0.1 instead of 0.10000000149011612."""
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value
