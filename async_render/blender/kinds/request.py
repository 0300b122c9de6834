"""The request for a render. What the request names is found again at its queue turn: names may change until then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from ...render.errors import RenderError
from ...render.names import known_name
from ...render.setting_values import Value
from ...render.settings import RenderSettings
from ..datablocks import Datablock, by_uid, known_by
from ..handler_lists import added_handlers
from ..settings.fields import path_of_layer
from ..settings.properties import find_property
from ..settings.scenes import KnownScene, find_camera, found_again, known_scene
from .still_frame import StillFrame


@dataclass(frozen=True, slots=True)
class Request:
    """Settings, and the datablocks that they name, each known by its `session_uid` from the request on.

    A datablock that does not exist yet is known by its name alone: a script may make it before the render's turn.

    Attributes:
        settings: the settings, with the names of the moment of the request.
        scene: the scene.
        resume: whether frames whose files are complete are left out.
        still: the frame of a still; None: an animation.
        is_kept: whether the files stay after the render, so that the panel shows them.
    """

    settings: RenderSettings
    scene: KnownScene
    resume: bool
    still: StillFrame | None
    is_kept: bool
    _camera: int | None
    """The camera's `session_uid`."""
    _layers: dict[str, int]
    """The view layers' addresses, by their names."""
    _datablocks: Mapping[str, Datablock]
    """The datablocks that overrides name, by the overrides' paths."""

    @classmethod
    def of(
        cls,
        settings: RenderSettings | None,
        *,
        resume: bool = False,
        still: StillFrame | None = None,
        is_kept: bool = True,
    ) -> Request:
        """Return the request for a render with these settings.

        Raises:
            RenderError: there is no such scene.
        """
        given = settings or RenderSettings()
        known = known_scene(given.scene)
        scene = found_again(known)
        camera = None if given.camera is None else find_camera(scene, given.camera)
        named = {path: _datablock(scene, path, value) for path, value in (given.overrides or {}).items()}
        return cls(
            given,
            known,
            resume,
            still,
            is_kept,
            None if camera is None else camera.session_uid,
            {layer.name: layer.as_pointer() for layer in scene.view_layers},
            {path: known_by(datablock) for path, datablock in named.items() if datablock},
        )

    @property
    def name(self) -> str:
        """The name of the render for the user: its segment, or its scene."""
        return self.settings.segment or self.scene.name

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Forget the view layers' addresses after an undo inside the `with` block.

        View layers have no `session_uid`. Their addresses stay the same until an undo; after one they are known by
        their names alone.
        """
        with added_handlers(("undo_post", "redo_post"), lambda *_: self._layers.clear()):
            yield

    def found_again(self) -> tuple[bpy.types.Scene, RenderSettings]:
        """Return the scene, and the settings with the names that everything has now.

        Raises:
            RenderError: a datablock is gone, and another datablock has its name now.
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
        return known_name(camera)

    def _layer_now(self, scene: bpy.types.Scene, name: str) -> str:
        address = self._layers.get(name)
        now = next((layer.name for layer in scene.view_layers if layer.as_pointer() == address), name)
        if now != name and name in scene.view_layers:
            raise RenderError(
                f"view_layers: {name!r} is another layer by now, and the layer that had this name is called {now!r}: "
                "the layer was renamed while its render waited in the queue; start the render again"
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
        return path, known_name(datablock)


def _datablock(scene: bpy.types.Scene, path: str, named: Value | Datablock) -> Any:
    """Return the datablock that an override names; None: the override names none, or it is not there."""
    try:
        found = find_property(scene, path)
        is_pointer = found.rna is not None and found.rna.type == "POINTER"
        return found.datablock(named) if is_pointer and isinstance(named, str | Datablock) else None
    except (LookupError, ValueError):
        return None


def _gone(what: str) -> RenderError:
    return RenderError(f"{what} is gone: it was deleted while its render waited in the queue")
