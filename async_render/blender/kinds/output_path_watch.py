"""The watch of a scene's output path while it renders: another add-on's handler may change the path."""

from __future__ import annotations

import bpy

from ..datablocks import by_uid

_LISTS = ("render_init", "render_pre")
"""The handlers by which other add-ons set the path: Blender reads the path after them."""


class OutputPathWatch:
    """Watches the output path of a scene, from the start of its job to the end.

    Blender writes to the path that the scene has when Blender opens a movie or has rendered a picture, whoever has set
    that path.
    """

    def __init__(self, scene: bpy.types.Scene) -> None:
        """Begin to watch; the scene has the path of the render now."""
        self._uid = scene.session_uid
        self._path = scene.render.filepath
        self._found: str | None = None

    def poll(self) -> None:
        """Note another path. Called on the main thread with all events: the path may be set back before the end."""
        scene = by_uid(bpy.data.scenes, self._uid)
        if self._found is None and scene is not None and scene.render.filepath != self._path:
            self._found = scene.render.filepath

    @property
    def is_changed(self) -> bool:
        """Whether the scene had another path."""
        return self._found is not None

    def explanation(self) -> str:
        """Return why files may be elsewhere, as the end of a sentence; empty: no add-on may have changed the path."""
        others = ", ".join(_other_handlers())
        if self._found is None:
            return (
                f"; these handlers may have changed scene.render.filepath during the render: {others}" if others else ""
            )
        who = f", by one of the handlers {others}, or by hand" if others else ""
        return f"; scene.render.filepath was changed to {self._found!r} during the render{who}"


def _other_handlers() -> list[str]:
    """Return the handlers that are not ours, by their modules and names."""
    handlers = [handler for name in _LISTS for handler in getattr(bpy.app.handlers, name)]
    names = (f"{handler.__module__}.{getattr(handler, '__qualname__', handler)}" for handler in handlers)
    return sorted({name for name in names if not name.startswith("async_render.")})
