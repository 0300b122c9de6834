"""The flag that all of Blender's jobs look at to see whether they shall end.

Python has no call for it. What the Esc key does is to set it (`wm_event_add_ghostevent` in
source/blender/windowmanager/intern/wm_event_system.cc). One operator sets it without any key, and does nothing else:
*Pause Bake* of a fluid (`fluid_pause_exec` in source/blender/editors/physics/physics_fluid.cc, the same in 4.2 to 5.2).
So it is called for a fluid's domain that Blender never simulates, in data beside the file that is open: nobody sees it,
no undo and no save knows of it, and Blender evaluates nothing anew.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import bpy

from .versions import ALL, is_tested

log = logging.getLogger("async_render")

NAME = "Async Render Stop"


VERSIONS = ALL
"""tests/headless/jobs/test_cancel.py, tests/window/test_cancel.py."""


def _unable() -> str | None:
    """Why the flag cannot be set in this Blender; None: it can."""
    built_with: Any = bpy.app.build_options
    if not built_with.fluid:
        return "this Blender was built without fluids"
    return None if is_tested(VERSIONS) else f"Blender {bpy.app.version_string} is not known to this Async Render"


class _State:
    may_be_set = False
    """Whether the flag was set, here or by a render that failed; Blender itself clears it when a render begins."""


class BreakFlag:
    """Sets the flag, as often as it is asked to inside the `with` block."""

    def __init__(self) -> None:
        self._made = ExitStack()
        self._context: dict[str, Any] = {}
        self._has_warned = False

    def __enter__(self) -> BreakFlag:
        return self

    def __exit__(self, *_: object) -> None:
        self._context = {}
        self._made.close()

    def set(self) -> None:
        """End what Blender renders or bakes now, as the Esc key does."""
        if (reason := _unable()) is not None:
            if not self._has_warned:
                log.warning("%s, and cannot be stopped: its job goes on to its end", reason)
            self._has_warned = True
            return
        with _overridden(self.context()):
            bpy.ops.fluid.pause_bake()
        may_be_set()

    def context(self) -> dict[str, Any]:
        """Return the domain, and the rest of a context in which nothing belongs to the file that is open."""
        self._context = self._context or self._make()
        return self._context

    def _make(self) -> dict[str, Any]:
        """A domain, and the rest of a context in which nothing belongs to the file that is open.

        Whoever calls an operator brings the context's view layer up to date first. That of the window must not be
        touched during a bake of physics: 4.3 refuses ("Dependency graph update requested during evaluation"), 5.2
        crashes. And with a new modifier Blender builds all dependency graphs of the context's data anew, and draws the
        viewports: eight times each, for which Cycles waits where there are few cores.
        """
        data: Any = self._made.enter_context(bpy.data.temp_data())
        # It is lent without being counted, and would be freed twice: `bpy_rna_data_context_enter` in
        # source/blender/python/intern/bpy_rna_data.cc, 4.3 to 5.2.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(data))
        scene = data.scenes.new(NAME)
        domain = data.objects.new(NAME, data.meshes.new(NAME))
        context = {
            "blend_data": data,
            "scene": scene,
            "view_layer": scene.view_layers[0],
            "object": domain,
            "active_object": domain,
        }
        with _overridden(context):
            domain.modifiers.new(NAME, "FLUID").fluid_type = "DOMAIN"
        return context


def may_be_set() -> None:
    """Note that `clear` has something to do."""
    _State.may_be_set = True


def clear() -> None:
    """Clear the flag where it may be set: all that it was set for is over, and the script has ended well.

    `blender -b` exits with 1 when the flag is set at the end: `main` in source/creator/creator.cc, 4.2 to 5.2. The
    operator *Bake All Physics* clears it (`BKE_ptcache_bake` in source/blender/blenkernel/intern/pointcache.cc), and
    finds nothing to bake in data of our own.
    """
    if _State.may_be_set:
        _State.may_be_set = False
        with BreakFlag() as flag, _overridden(flag.context()):
            bpy.ops.ptcache.bake_all(bake=False)


@contextmanager
def _overridden(members: dict[str, Any]) -> Iterator[None]:
    """Override the context inside the `with` block, and give it back whole, with its window.

    At its end Blender looks whether the window is still there, and looks for it in the data that the override brings:
    `bpy_rna_context_temp_override_exit` in source/blender/python/intern/bpy_rna_context.cc, 4.2 to 5.2. It does not
    find it there, and the context loses its window; without a main loop, which sets one in each turn, for good. So the
    window is put aside by an override of its own, which ends where Blender's own data are the context's again.
    """
    override: Any = bpy.context.temp_override
    with override(window=None), override(**members):
        yield
