"""Snapshots: the settings that a scene had before a job, and the values that the job has set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import bpy

from ...render.errors import quoted
from ..datablocks import NONE, Datablock, collection_of, find_datablock, known_by
from .layer_marks import mark_layers, names_by_mark, remove_marks, with_layer_name
from .list_items import lists_in, with_names_of_now
from .marker_cameras import cameras_of_markers, find_again, set_marker_cameras
from .properties import (
    BLENDER_REFUSES,
    Location,
    OutOfReachError,
    Property,
    PropertyNotFoundError,
    find_at,
    find_property,
    in_brackets,
)

_LAYERS = "view_layers"


@dataclass
class Saved:
    """The values of one property."""

    original: Any
    """The value that the scene had."""
    from_job: list[Any] = field(default_factory=list)
    """The values that a job has set, or Blender for it."""
    is_unset: bool = False
    """Whether the property was never set, so that the scene had its default. Properties of add-ons, as Cycles, record
    that."""

    def is_from_job(self, value: Any) -> bool:
        """Return whether a value is the job's. Another value was set by the user meanwhile, and stays."""
        if isinstance(value, Datablock):
            return any(isinstance(job, Datablock) and value.is_same(job) for job in self.from_job)
        return any(type(value) is type(job) and value == job for job in self.from_job)


@dataclass
class Snapshot:
    """The settings that a scene had before a job changed them."""

    values: dict[Location, Saved] = field(default_factory=dict)
    """The properties, in the order in which they must be restored."""
    marker_cameras: list[tuple[str, int, Datablock]] = field(default_factory=list)
    """Name and frame of each marker that binds a camera, and the camera."""
    layers: dict[str, str] = field(default_factory=dict)
    """The marks of the view layers, by the names that the layers had; empty: no property of a layer is saved."""
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The names in each list through which a saved path goes. A file has none: an index there may be another item's."""

    def save(self, scene: bpy.types.Scene, *paths: str) -> list[Location]:
        """Save the values at these paths."""
        locations = []
        for path in paths:
            found = find_property(scene, path)
            location = found.location._replace(path=with_layer_name(scene, found.location.path))
            locations.append(location)
            if location.root is None:
                for of_list, names in lists_in(scene, location.path):
                    self.lists.setdefault(of_list, names)
            if location not in self.values:
                self.values[location] = Saved(found.get(), is_unset=not found.is_set)
        return locations

    def save_struct(self, scene: bpy.types.Scene, path: str, first: tuple[str, ...]) -> None:
        """Save all plain properties of a struct. The names in `first` are restored first: others depend on them."""
        struct: Any = scene.path_resolve(path)
        properties = struct.bl_rna.properties
        names = [
            item.identifier
            for item in properties
            if not item.is_readonly and item.type != "POINTER" and not _is_unset(struct, item)
        ]
        if getattr(struct, "linear_colorspace_settings", None) and struct.linear_colorspace_settings.name:
            # Only if it has a name. In a file without a chosen format it has none, and Python cannot remove a name.
            names.append("linear_colorspace_settings.name")
        for name in sorted(names, key=lambda name: first.index(name) if name in first else len(first)):
            self.save(scene, f"{path}.{name}")

    def save_marker_cameras(self, scene: bpy.types.Scene) -> None:
        """Save the cameras that are bound to markers."""
        known = {camera: known_by(camera) for camera in cameras_of_markers(scene)}
        self.marker_cameras = [
            (marker.name, marker.frame, known[camera])
            for marker in scene.timeline_markers
            if (camera := marker.camera) is not None
        ]

    def drop_unchanged(self, scene: bpy.types.Scene, but_not: set[Location]) -> None:
        """Drop the properties whose values have not changed."""
        for location in self.values.keys() - but_not:
            if self._find(scene, location).get() == self.values[location].original:
                del self.values[location]

    def mark_layers(self, scene: bpy.types.Scene, token: str) -> None:
        """Mark the view layers, where a property of a layer is saved: their names may change."""
        if any(location.path.startswith(f"{_LAYERS}[") for location in self.values):
            self.layers = mark_layers(scene, token)

    def remove_marks(self, scene: bpy.types.Scene) -> None:
        """Remove the marks of the view layers."""
        remove_marks(scene, self.layers.values())

    def record_job_values(self, scene: bpy.types.Scene) -> None:
        """Record the scene's current values as the job's."""
        for location, saved in self.values.items():
            with suppress(PropertyNotFoundError, OutOfReachError):
                saved.from_job.append(self._find(scene, location).get())

    def add_job_values(self, path: str, *values: Any) -> bool:
        """Record more values of the job at a path. Return whether this snapshot has the path."""
        saved = self.values.get(Location(path))
        if saved is not None:
            saved.from_job += values
        return saved is not None

    def original_value(self, scene: bpy.types.Scene, found: Property, value: Any) -> Any:
        """Return the value that the scene had, where a property's value is the job's; else the value itself."""
        path = with_layer_name(scene, found.location.path)
        for location, saved in self.values.items():
            if location.root == found.location.root and self._now(scene, location.path) == path:
                return saved.original if saved.is_from_job(value) else value
        return value

    def followed_by(self, later: Snapshot) -> Snapshot:
        """Return one snapshot for this and a later one. Where both have a property, this one has its original value."""
        values = {location: replace(saved, from_job=[*saved.from_job]) for location, saved in self.values.items()}
        for location, saved in later.values.items():
            known = values.setdefault(location, replace(saved, from_job=[]))
            known.from_job += [job for job in saved.from_job if not known.is_from_job(job)]
        return Snapshot(
            values, self.marker_cameras or later.marker_cameras, later.layers | self.layers, later.lists | self.lists
        )

    def without_uids(self) -> Snapshot:
        """Return the snapshot for another file, or for the same file loaded again: a `session_uid` does not outlive its
        file."""
        values = {
            Location(location.path, location.root and location.root._replace(uid=None)): replace(
                saved, original=_without_uid(saved.original), from_job=[_without_uid(job) for job in saved.from_job]
            )
            for location, saved in self.values.items()
        }
        markers = [(name, frame, camera._replace(uid=None)) for name, frame, camera in self.marker_cameras]
        return Snapshot(values, markers, self.layers)

    def restore(self, scene: bpy.types.Scene, outer: Iterable[Snapshot] = ()) -> list[str]:
        """Restore the scene. Return a message for each property that cannot be restored; it does not stop the others.

        A property is restored only where the scene still has the job's value. A value that the user has set meanwhile
        stays, also where restoring another property would change it; the snapshots of outer blocks forget the property.
        Data that is gone by now is not missed: a view layer, or the scene's own camera, whose property stays empty.
        Where the user has deleted the job's camera, Blender has emptied the property, and the scene's own camera is
        restored.

        Args:
            scene: the scene.
            outer: the snapshots of the blocks around the block that this snapshot belongs to.
        """
        originals: dict[Location, Saved] = {}
        users: dict[Location, Any] = {}
        for location, saved in self.values.items():
            with suppress(PropertyNotFoundError, OutOfReachError):
                found = self._find(scene, location)
                value = found.get()
                if saved.is_from_job(value) or (value == NONE and _is_gone(found, saved.from_job)):
                    originals[location] = saved
                else:
                    users[location] = value
        self._restore_marker_cameras(scene)
        problems: dict[Location, str] = {}
        for _ in range(2):  # the values that one property takes may depend on a later one
            problems = {
                location: text for location, saved in originals.items() if (text := self._set(scene, location, saved))
            }
        for location, value in users.items():
            self._set(scene, location, Saved(value))
            for snapshot in outer:  # the user may have chosen what the block around this one has set
                snapshot.values.pop(location, None)
        chosen = {_struct(location) for location in users}  # a depth that the user's format does not have is no problem
        return [
            f"{location.path}={quoted(originals[location].original)}: {text}"
            for location, text in problems.items()
            if _struct(location) not in chosen
        ]

    def restore_early(self, scene: bpy.types.Scene, *paths: str) -> None:
        """Restore the properties at these paths before all others. The snapshot forgets them: at its own end their
        values are no longer the job's, and would count as the user's."""
        early = {location: saved for location, saved in self.values.items() if location in map(Location, paths)}
        Snapshot(early).restore(scene)
        for location in early:
            del self.values[location]

    def _set(self, scene: bpy.types.Scene, location: Location, saved: Saved) -> str | None:
        try:
            found = self._find(scene, location)
        except (PropertyNotFoundError, OutOfReachError):
            return None
        try:
            if found.get() != saved.original:
                found.set(saved.original)
                if saved.is_unset:
                    found.unset()
        except BLENDER_REFUSES as error:
            if not (isinstance(saved.original, Datablock) and isinstance(error, ValueError)):
                return str(error)
            with suppress(*BLENDER_REFUSES):  # some properties cannot be empty
                found.set(NONE)
        return None

    def _restore_marker_cameras(self, scene: bpy.types.Scene) -> None:
        """Bind the cameras to their markers again, where no other camera is bound by now."""
        free = [marker for marker in scene.timeline_markers if marker.camera is None]
        positions = find_again([mark[:2] for mark in self.marker_cameras], [(item.name, item.frame) for item in free])
        find = _finder(bpy.data.objects)
        cameras = [find(camera) for _, _, camera in self.marker_cameras]
        pairs = zip(positions, cameras, strict=True)
        set_marker_cameras(
            scene, [(free[position], camera) for position, camera in pairs if position is not None and camera]
        )

    def _find(self, scene: bpy.types.Scene, location: Location) -> Property:
        path = self._now(scene, location.path)
        if path is None:
            raise PropertyNotFoundError(f"the view layer of {location.path!r} is gone")
        if location.root is None and self.lists:
            path = with_names_of_now(scene, location.path, path, self.lists)
        return find_at(scene, location._replace(path=path))

    def _now(self, scene: bpy.types.Scene, path: str) -> str | None:
        """Return the path as it is now: a view layer may have been renamed. None: the layer is gone.

        After an undo to a step before the job no layer has a mark. Then a layer whose name is gone is the new layer at
        its index, or else the only new layer.
        """
        old = next((name for name in self.layers if path.startswith(f"{_LAYERS}{in_brackets(name)}.")), None)
        if old is None:
            return path
        names = names_by_mark(scene, self.layers.values())
        if names:
            name = names.get(self.layers[old])
            return None if name is None else path.replace(in_brackets(old), in_brackets(name), 1)
        if old in scene.view_layers:
            return path
        new = {index: layer.name for index, layer in enumerate(scene.view_layers) if layer.name not in self.layers}
        name = new.get(list(self.layers).index(old), next(iter(new.values())) if len(new) == 1 else None)
        return path if name is None else path.replace(in_brackets(old), in_brackets(name), 1)

    def datablocks(self, scene: bpy.types.Scene) -> Iterator[Any]:
        """Yield the datablocks that the saved properties pointed to, and that still exist."""
        for location, saved in self.values.items():
            if isinstance(saved.original, Datablock) and saved.original.name:
                with suppress(PropertyNotFoundError, OutOfReachError, ValueError):
                    yield self._find(scene, location).datablock(saved.original)


def _is_unset(struct: Any, item: Any) -> bool:
    """Return whether a choice was never made, as a movie's in a file without one. Python cannot undo a choice."""
    return bool(item.type == "ENUM" and not item.is_enum_flag and getattr(struct, item.identifier) == "")


def _is_gone(found: Property, jobs: list[Any]) -> bool:
    """Return whether one of the job's datablocks was deleted, which leaves the property empty."""
    for job in jobs:
        if isinstance(job, Datablock) and job.name:
            try:
                find_datablock(collection_of(found.rna), job)
            except ValueError:
                return True
    return False


def _finder(collection: Any) -> Callable[[Datablock], Any]:
    """Return a function that finds many datablocks fast. The function returns None for datablocks that are gone."""
    uids = {datablock.session_uid: datablock for datablock in collection}

    @cache
    def find(known: Datablock) -> Any:
        if known.uid is not None:
            return uids.get(known.uid)
        try:
            return find_datablock(collection, known)
        except ValueError:
            return None

    return find


def _struct(location: Location) -> tuple[str, Datablock | None]:
    return location.path.rpartition(".")[0], location.root


def _without_uid(value: Any) -> Any:
    return value._replace(uid=None) if isinstance(value, Datablock) else value
