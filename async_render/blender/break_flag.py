"""The flag that all of Blender's jobs look at to see whether they shall end.

Python has no call for it. What the Esc key does is to set it (`wm_event_add_ghostevent` in
source/blender/windowmanager/intern/wm_event_system.cc). One operator sets it without any key, and does nothing else:
*Pause Bake* of a fluid (`fluid_pause_exec` in source/blender/editors/physics/physics_fluid.cc, the same in 4.2 to 5.2).
So it is called for a domain that is in no scene, which Blender never simulates.
"""

from __future__ import annotations

import logging
from typing import Any

import bpy

from .properties import by_uid

log = logging.getLogger("async_render")

NAME = "Async Render Stop"

HELPER = "async_render_helper"
"""The name of the custom property by which helpers are known again."""

_KINDS = ("scenes", "objects", "meshes")

_in_use: set[int] = set()
"""The `session_uid` of all helpers that somebody needs now."""


class BreakFlag:
    """Sets the flag, with helpers that go away at the end of the `with` block: not while Blender renders or bakes, to
    remove objects then may crash it."""

    def __init__(self) -> None:
        self._uids: dict[str, int] = {}

    def __enter__(self) -> BreakFlag:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove_helpers()

    def set(self) -> None:
        """End what Blender renders or bakes now, as the Esc key does."""
        if not _has_fluids():
            log.warning("this Blender was built without fluids, and cannot be stopped: its job goes on to its end")
            return
        self.make_helpers()
        scene, domain = by_uid(bpy.data.scenes, self._uids["scenes"]), by_uid(bpy.data.objects, self._uids["objects"])
        if scene is None or domain is None:
            return  # another file was loaded, or something undone: Blender ends its jobs by itself then
        # Whoever calls an operator brings the view layer up to date first. That of the window must not be touched
        # during a bake of physics: 4.3 refuses ("Dependency graph update requested during evaluation"), or crashes.
        override: Any = bpy.context.temp_override
        with override(scene=scene, view_layer=scene.view_layers[0], object=domain, active_object=domain):
            bpy.ops.fluid.pause_bake()

    def make_helpers(self) -> None:
        """Make the helpers, if they are not there yet.

        Each new modifier lets Blender build the relations of all its dependency graphs anew. Whose job evaluates the
        window's own data (bakes of physics) has to call this before it begins: 5.2 crashed once in some hundred bakes
        that were cancelled when it got a new modifier while the job's thread was at that.
        """
        if self._uids or not _has_fluids():
            return
        scene = bpy.data.scenes.new(NAME)
        mesh = bpy.data.meshes.new(NAME)
        domain = bpy.data.objects.new(NAME, mesh)
        self._uids = {"scenes": scene.session_uid, "objects": domain.session_uid, "meshes": mesh.session_uid}
        _in_use.update(self._uids.values())
        helpers: tuple[Any, ...] = (scene, mesh, domain)
        for helper in helpers:
            helper[HELPER] = True
        fluid: Any = domain.modifiers.new(NAME, "FLUID")
        fluid.fluid_type = "DOMAIN"
        scene.view_layers[0].update()

    def remove_helpers(self) -> None:
        """Leave nothing behind."""
        # Found again by their ids: a file may have been loaded, or something undone, since.
        for kind, uid in self._uids.items():
            datablocks = getattr(bpy.data, kind)
            found = by_uid(datablocks, uid)
            if found is not None:
                datablocks.remove(found)
        _in_use.difference_update(self._uids.values())
        self._uids = {}


def remove_unused_helpers() -> None:
    """Remove helpers that nobody needs: an undo brought them back, or a file that was saved while there were some."""
    for kind in _KINDS:
        datablocks = getattr(bpy.data, kind)
        unused = [item for item in datablocks if item.get(HELPER) and item.session_uid not in _in_use]
        for helper in unused:
            datablocks.remove(helper)


def _has_fluids() -> bool:
    built_with: Any = bpy.app.build_options
    is_there: bool = built_with.fluid
    return is_there
