"""What a render was asked for, found again when it is its turn: names change while it waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ...render.errors import RenderError
from ...render.settings import RenderSettings, Value
from ..datablocks import Datablock, KnownName, by_uid, known_by
from ..handler_lists import added_handlers
from ..settings.fields import path_of_layer
from ..settings.properties import find_property
from ..settings.scenes import find_camera, found_again, known_scene


class Request:
    """Settings, and the scene, camera, view layers and other datablocks that they name.

    Each is known by its `session_uid` from now on. What is not there yet is known by its name alone: a script may make
    it before it is its turn.

    Attributes:
        scene: which one.
        settings: with the names of then.

    Raises:
        RenderError: there is no such scene.
    """

    def __init__(self, settings: RenderSettings) -> None:
        self.scene = known_scene(settings.scene)
        scene = found_again(self.scene)
        self.settings = settings.replace(scene=scene.name)
        camera = None if settings.camera is None else find_camera(scene, settings.camera)
        self._camera = None if camera is None else camera.session_uid
        self._layers = {layer.name: layer.as_pointer() for layer in scene.view_layers}
        overrides = settings.overrides or {}
        named = {path: _datablock(scene, path, value) for path, value in overrides.items()}
        self._datablocks = {path: known_by(datablock) for path, datablock in named.items() if datablock}

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Hear inside the `with` block of what makes view layers unknown: they have no id, and are known by their
        address, which stays the same until an undo. After one they are known by their names alone."""
        with added_handlers(("undo_post", "redo_post"), self._forget_layers):
            yield

    def _forget_layers(self, *_: object) -> None:
        self._layers = {}

    def found_again(self) -> tuple[bpy.types.Scene, RenderSettings]:
        """The scene, and the settings with the names of now.

        Raises:
            RenderError: something is gone, and what has its name now was not meant.
        """
        scene, given = found_again(self.scene), self.settings
        layers = given.view_layers and [self._layer_now(scene, name) for name in given.view_layers]
        return scene, given.replace(
            scene=scene.name,
            camera=self._camera_now(),
            view_layers=layers,
            overrides=given.overrides and dict(self._override_now(scene, *item) for item in given.overrides.items()),
        )

    def _camera_now(self) -> str | None:
        if self._camera is None:
            return self.settings.camera
        camera = by_uid(bpy.data.objects, self._camera)
        if camera is None:
            raise _gone(f"camera={self.settings.camera!r}")
        return KnownName(camera.name, self._camera)

    def _layer_now(self, scene: bpy.types.Scene, name: str) -> str:
        address = self._layers.get(name)
        now = next((layer.name for layer in scene.view_layers if layer.as_pointer() == address), name)
        if now != name and name in scene.view_layers:
            raise RenderError(
                f"view_layers: {name!r} is another one by now, and the one that had this name is called {now!r}: "
                "it was renamed while its render waited in the queue; ask for it again"
            )
        return now

    def _override_now(self, scene: bpy.types.Scene, path: str, value: Value) -> tuple[str, Value]:
        known = self._datablocks.get(path)
        for name in self._layers:
            if path.startswith(before := path_of_layer(name)):
                path = path_of_layer(self._layer_now(scene, name)) + path.removeprefix(before)
                break
        if known is None:
            return path, value
        datablock = _datablock(scene, path, known)
        if datablock is None:
            raise _gone(f"overrides[{path!r}]={value!r}")
        return path, KnownName(datablock.name, datablock.session_uid)


def _datablock(scene: bpy.types.Scene, path: str, named: Value | Datablock) -> Any:
    """The datablock that an override names; None: none, or it is not there."""
    try:
        found = find_property(scene, path)
        is_pointer = found.rna is not None and found.rna.type == "POINTER"
        return found.datablock(named) if is_pointer and isinstance(named, str | Datablock) else None
    except (LookupError, ValueError):
        return None


def _gone(what: str) -> RenderError:
    return RenderError(f"{what} is gone: it was deleted while its render waited in the queue")
