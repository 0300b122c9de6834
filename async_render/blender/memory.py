"""What a scene had, to be given back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import bpy

from .marker_cameras import find_again, set_marker_cameras
from .properties import BLENDER_REFUSES, Datablock, PropertyNotFoundError, find_property


@dataclass
class Memory:
    """What a scene had before we changed it."""

    values: dict[str, Any] = field(default_factory=dict)
    """By the properties' paths, in the order in which they have to be given back."""
    marker_cameras: list[tuple[str, int, Datablock]] = field(default_factory=list)
    """Name and frame of each marker that binds a camera."""
    unset: set[str] = field(default_factory=set)
    """Paths of the properties that had their default because nobody ever set them: those of add-ons, as Cycles is."""

    def keep(self, scene: bpy.types.Scene, *paths: str) -> None:
        """Remember the values at these paths."""
        for path in paths:
            if path not in self.values:
                found = find_property(scene, path)
                self.values[path] = found.get()
                if not found.is_set:
                    self.unset.add(path)

    def keep_all(self, scene: bpy.types.Scene, path: str, first: tuple[str, ...]) -> None:
        """Remember all plain properties of a struct; those in `first` are restored first, others depend on them."""
        struct: Any = scene.path_resolve(path)
        properties = struct.bl_rna.properties
        names = [
            item.identifier
            for item in properties
            if not item.is_readonly and item.type != "POINTER" and not _is_unset(struct, item)
        ]
        if getattr(struct, "linear_colorspace_settings", None) and struct.linear_colorspace_settings.name:
            # Unless it was empty, in a file where no format was ever chosen: Python cannot make it empty again.
            names.append("linear_colorspace_settings.name")
        for name in sorted(names, key=lambda name: first.index(name) if name in first else len(first)):
            self.keep(scene, f"{path}.{name}")

    def forget_unchanged(self, scene: bpy.types.Scene, but_not: set[str]) -> None:
        """Forget what is as it was, so that what the user changes there meanwhile stays."""
        for path in self.values.keys() - but_not:
            if find_property(scene, path).get() == self.values[path]:
                del self.values[path]

    def keep_marker_cameras(self, scene: bpy.types.Scene) -> None:
        """Remember the cameras that are bound to markers."""
        self.marker_cameras = [
            (marker.name, marker.frame, Datablock(marker.camera.session_uid, marker.camera.name))
            for marker in scene.timeline_markers
            if marker.camera is not None
        ]

    def before(self, later: Memory) -> Memory:
        """This and what was changed later, in one: what both have, this one had earlier."""
        values = self.values | {path: value for path, value in later.values.items() if path not in self.values}
        unset = self.unset | {path for path in later.unset if path not in self.values}
        return Memory(values, self.marker_cameras or later.marker_cameras, unset)

    def restore(self, scene: bpy.types.Scene) -> list[str]:
        """Give the scene back what it had, and say what it does not take; that keeps nothing else from being restored.

        What is gone by now is not missed: a view layer; a camera that the user deleted, whose place is empty then, as
        Blender leaves it.
        """
        self._restore_marker_cameras(scene)
        problems: dict[str, str] = {}
        for _ in range(2):  # what one property allows may depend on another one that comes later
            problems = {path: text for path in self.values if (text := self._restore(scene, path)) is not None}
        return [f"{path}={self.values[path]!r}: {text}" for path, text in problems.items()]

    def _restore(self, scene: bpy.types.Scene, path: str) -> str | None:
        value = self.values[path]
        try:
            found = find_property(scene, path)
        except PropertyNotFoundError:
            return None
        try:
            if found.get() != value:
                found.set(value)
                if path in self.unset:
                    found.unset()
        except BLENDER_REFUSES as error:
            if not (isinstance(value, Datablock) and isinstance(error, ValueError)):
                return str(error)
            with suppress(*BLENDER_REFUSES):  # some places cannot be empty
                found.set(Datablock(None, None))
        return None

    def _restore_marker_cameras(self, scene: bpy.types.Scene) -> None:
        """Bind them again where nothing else is bound by now."""
        free = [marker for marker in scene.timeline_markers if marker.camera is None]
        known = [(name, frame) for name, frame, _ in self.marker_cameras]
        places = find_again(known, [(marker.name, marker.frame) for marker in free])
        by_uid = {item.session_uid: item for item in bpy.data.objects}
        cameras = [
            bpy.data.objects.get(camera.name or "") if camera.uid is None else by_uid.get(camera.uid)
            for _, _, camera in self.marker_cameras
        ]
        pairs = zip(places, cameras, strict=True)
        set_marker_cameras(scene, [(free[place], camera) for place, camera in pairs if place is not None and camera])

    def datablocks(self, scene: bpy.types.Scene) -> list[Any]:
        """What the remembered properties pointed to, as far as it is still there."""
        found = []
        for path, value in self.values.items():
            if isinstance(value, Datablock) and value.name:
                with suppress(PropertyNotFoundError, ValueError):
                    found.append(find_property(scene, path).datablock(value))
        return found

    def as_text(self) -> str:
        """As JSON. Datablocks are known by their names alone: a `session_uid` does not outlive a file."""
        values = {path: _frozen(value) for path, value in self.values.items()}
        cameras = [(name, frame, camera.name) for name, frame, camera in self.marker_cameras]
        return json.dumps({"values": values, "marker_cameras": cameras, "unset": sorted(self.unset)})

    @classmethod
    def from_text(cls, text: str) -> Memory:
        """What `as_text` wrote."""
        read = json.loads(text)
        return cls(
            {path: _thawed(value) for path, value in read["values"].items()},
            [(name, frame, Datablock(None, camera)) for name, frame, camera in read["marker_cameras"]],
            set(read["unset"]),
        )


def _is_unset(struct: Any, item: Any) -> bool:
    """Whether it is a choice that was never made (of a movie's, in a file that had none): none cannot be set again."""
    return bool(item.type == "ENUM" and not item.is_enum_flag and getattr(struct, item.identifier) == "")


def _frozen(value: Any) -> Any:
    return {"datablock": value.name} if isinstance(value, Datablock) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, dict):
        return Datablock(None, value["datablock"])
    return tuple(value) if isinstance(value, list) else value
