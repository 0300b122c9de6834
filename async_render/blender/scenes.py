"""Finding scenes and cameras, and giving a scene other settings for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..render.errors import RenderError
from ..render.settings import RenderSettings

_PATHS = {
    "frame_start": "frame_start",
    "frame_end": "frame_end",
    "frame_step": "frame_step",
    "filepath": "render.filepath",
    "resolution_x": "render.resolution_x",
    "resolution_y": "render.resolution_y",
    "resolution_percentage": "render.resolution_percentage",
}
"""The settings that are one property each, by the property's path in the scene."""

_SAMPLES = {
    "CYCLES": "cycles.samples",
    "BLENDER_EEVEE": "eevee.taa_render_samples",
    "BLENDER_EEVEE_NEXT": "eevee.taa_render_samples",
    "BLENDER_WORKBENCH": "display.render_aa",
}

_WORKBENCH_SAMPLES = {1: "OFF", 5: "5", 8: "8", 11: "11", 16: "16", 32: "32"}


def find_scene(name: str | None) -> bpy.types.Scene:
    """The scene of that name; None: the window's.

    Raises:
        RenderError: there is none.
    """
    scene = bpy.context.scene if name is None else bpy.data.scenes.get(name)
    if scene is None:
        raise RenderError(f"scene={name!r} is not in this file; it has {_names(bpy.data.scenes)}")
    return scene


def check_settings(scene: bpy.types.Scene, settings: RenderSettings) -> None:
    """Raise `RenderError` where the settings cannot work in this scene. Changes nothing."""
    _check_camera(scene, settings.camera)
    start = scene.frame_start if settings.frame_start is None else settings.frame_start
    end = scene.frame_end if settings.frame_end is None else settings.frame_end
    if end < start:
        whose = f"the scene {scene.name!r} has"
        given = [f"frame_start={start}" if settings.frame_start is not None else f"{whose} frame_start={start}"]
        given += [f"frame_end={end}" if settings.frame_end is not None else f"{whose} frame_end={end}"]
        raise RenderError(f"the frame range is empty: {', '.join(given)}")
    if not scene.is_editable:
        raise RenderError(f"scene={scene.name!r} is linked from another file, its settings cannot be changed")


def _check_camera(scene: bpy.types.Scene, name: str | None) -> None:
    if name is not None:
        camera = scene.objects.get(name)
        if camera is None or camera.type != "CAMERA":
            what = "is not in" if camera is None else f"is of type {camera.type} in"
            cameras = [item for item in scene.objects if item.type == "CAMERA"]
            raise RenderError(f"camera={name!r} {what} the scene {scene.name!r}; its cameras: {_names(cameras)}")
    elif not _has_camera(scene) and not _renders_without_camera(scene):
        raise RenderError(f"camera=None, and the scene {scene.name!r} has no active camera")


def _has_camera(scene: bpy.types.Scene) -> bool:
    return scene.camera is not None or any(marker.camera for marker in scene.timeline_markers)


def _renders_without_camera(scene: bpy.types.Scene) -> bool:
    """Whether pictures may come from the sequencer or the compositor alone; Blender itself knows better then."""
    sequencer: Any = scene.sequence_editor
    strips = sequencer and (sequencer.strips if bpy.app.version >= (4, 4) else sequencer.sequences)
    nodes = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.use_nodes and scene.node_tree
    return bool(scene.render.use_sequencer and strips) or bool(scene.render.use_compositing and nodes)


def _names(datablocks: Any) -> str:
    return ", ".join(repr(item.name) for item in datablocks) or "none"


@contextmanager
def applied(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[None]:
    """Give the scene these settings inside the `with` block, and its own ones back after it.

    The scene may be renamed, or vanish with its file, meanwhile: it is found again by its `session_uid`, which
    survives renaming and undo and is never used twice.

    Raises:
        RenderError: the scene does not take one of the values; it is as it was then.
    """
    memory = _Memory(scene)
    try:
        _apply(scene, settings, memory)
        yield
    finally:
        memory.restore()


def _apply(scene: bpy.types.Scene, settings: RenderSettings, memory: _Memory) -> None:
    memory.keep("frame_start", "frame_end")  # setting one may push the other
    if scene != bpy.context.scene:
        memory.keep("frame_current")  # the operator gives another scene the frame of the window's
    memory.keep_cameras()
    if settings.engine is not None:
        memory.set("engine", "render.engine", _engine(settings.engine))
    for name, path in _PATHS.items():
        value = getattr(settings, name)
        if value is not None:
            memory.set(name, path, str(value) if name == "filepath" else value)
    if settings.samples is not None:
        _apply_samples(scene, settings.samples, memory)
    if settings.file_format is not None:
        _apply_file_format(scene, settings.file_format, memory)
    if settings.camera is not None:
        for marker in scene.timeline_markers:  # a bound camera would win over ours, frame by frame
            marker.camera = None
        scene.camera = scene.objects[settings.camera]  # last: each marker's change lets Blender switch the camera


def _engine(name: str) -> str:
    """EEVEE is `BLENDER_EEVEE_NEXT` in 4.2–4.5, and `BLENDER_EEVEE` before and after."""
    if name in {"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"}:
        return "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0) else "BLENDER_EEVEE"
    return name


def _apply_samples(scene: bpy.types.Scene, samples: int, memory: _Memory) -> None:
    engine: str = scene.render.engine
    if engine not in _SAMPLES:
        raise RenderError(f"samples={samples} is not known for the engine {engine!r}; set its own property instead")
    value: int | str = samples
    if engine == "BLENDER_WORKBENCH":
        if samples not in _WORKBENCH_SAMPLES:
            raise RenderError(f"samples={samples}: the engine {engine!r} has {', '.join(map(str, _WORKBENCH_SAMPLES))}")
        value = _WORKBENCH_SAMPLES[samples]
    memory.set("samples", _SAMPLES[engine], value)


def _apply_file_format(scene: bpy.types.Scene, file_format: str, memory: _Memory) -> None:
    # Setting a format also changes colour mode and depth, where the new one has not the old ones.
    memory.keep_all("render.image_settings", first=("media_type", "file_format"))
    memory.keep_all("render.ffmpeg")
    if bpy.app.version >= (5, 0):
        media = {"FFMPEG": "VIDEO", "OPEN_EXR_MULTILAYER": "MULTI_LAYER_IMAGE"}.get(file_format, "IMAGE")
        memory.set("file_format", "render.image_settings.media_type", media)
    memory.set("file_format", "render.image_settings.file_format", file_format)


class _Memory:
    """What a scene had before we changed it."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._uid = scene.session_uid
        self._values: dict[str, Any] = {}
        self._camera: int | None = None
        self._marker_cameras: list[tuple[str, int, int]] = []

    def _scene(self) -> bpy.types.Scene | None:
        return next((scene for scene in bpy.data.scenes if scene.session_uid == self._uid), None)

    def keep(self, *paths: str) -> None:
        """Remember the values at these paths."""
        scene = self._scene()
        for path in paths:
            self._values.setdefault(path, _get(scene, path))

    def keep_all(self, path: str, *, first: tuple[str, ...] = ()) -> None:
        """Remember all plain properties of a struct; those in `first` are restored first, others depend on them."""
        struct = _get(self._scene(), path)
        names = [item.identifier for item in struct.bl_rna.properties if not item.is_readonly and item.type != "POINTER"]
        for name in sorted(names, key=lambda name: first.index(name) if name in first else len(first)):
            self.keep(f"{path}.{name}")

    def keep_cameras(self) -> None:
        """Remember the active camera, and those bound to markers: Blender follows them while it renders."""
        scene = self._scene()
        assert scene is not None
        self._camera = scene.camera.session_uid if scene.camera else None
        self._marker_cameras = [
            (marker.name, marker.frame, marker.camera.session_uid)
            for marker in scene.timeline_markers
            if marker.camera is not None
        ]

    def set(self, field: str, path: str, value: Any) -> None:
        """Change a value.

        Raises:
            RenderError: Blender does not take it, or changes it on the way.
        """
        self.keep(path)
        owner, _, name = path.rpartition(".")
        scene = self._scene()
        try:
            setattr(_get(scene, owner), name, value)
        except (TypeError, ValueError, AttributeError) as error:
            raise RenderError(f"{field}={value!r} is not possible in this Blender: {error}") from error
        got = _get(scene, path)
        if got != value:
            raise RenderError(f"{field}={value!r} is not possible in this Blender, which makes {got!r} of it")

    def restore(self) -> None:
        """Give the scene back what it had; nothing when it is gone."""
        scene = self._scene()
        if scene is None:
            return
        for path, value in self._values.items():
            if _get(scene, path) != value:
                owner, _, name = path.rpartition(".")
                setattr(_get(scene, owner), name, value)
        self._restore_cameras(scene)

    def _restore_cameras(self, scene: bpy.types.Scene) -> None:
        objects = {item.session_uid: item for item in bpy.data.objects}
        for name, frame, uid in self._marker_cameras:
            for marker in scene.timeline_markers:
                if (marker.name, marker.frame) == (name, frame) and marker.camera is None:
                    marker.camera = objects.get(uid)
        camera = objects.get(self._camera) if self._camera is not None else None
        if scene.camera != camera and (camera is not None or self._camera is None):
            scene.camera = camera


def _get(scene: Any, path: str) -> Any:
    value = scene
    for name in filter(None, path.split(".")):
        value = getattr(value, name)
    return value
