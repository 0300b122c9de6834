"""Python has no call that ends Blender's jobs, as the Esc key does.

Versions: 4.2 to 5.2.
Symptom: a script cannot cancel a render or a bake, and the job goes on to its last frame. And `blender -b` exits with 1
    if the flag is still set at its end, although the script has ended well.
Blender's source: the flag that all jobs ask is set in `wm_event_add_ghostevent`, in
    source/blender/windowmanager/intern/wm_event_system.cc. `fluid_pause_exec`, in
    source/blender/editors/physics/physics_fluid.cc, sets it without any key, and does nothing else.
Tests: tests/headless/jobs/test_cancel.py, tests/window/jobs/test_cancel.py.
Can go: when Blender can end a job by a call of Python's.

The operator *Pause Bake* calls `fluid_pause_exec`. The operator needs a fluid's domain, so `BreakFlag` makes a domain,
in temporary data beside the file that is open. Blender never simulates the domain, and evaluates
nothing anew. Nobody sees the domain, and no undo and no save knows of it.
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

VERSIONS = ALL
"""The versions on which its tests run."""

NAME = "Async Render Stop"
"""The name of the temporary scene and of its domain."""


def _unable() -> str | None:
    """Return why the flag cannot be set in this Blender; None: it can."""
    built_with: Any = bpy.app.build_options
    if not built_with.fluid:
        return "this Blender was built without fluids"
    return None if is_tested(VERSIONS) else f"Blender {bpy.app.version_string} is not known to this Async Render"


class _State:
    """The state of the flag, as far as known: Python cannot read the flag."""

    may_be_set = False
    """Whether the flag was set, here or by a render that failed; Blender itself clears it when a render begins."""


class BreakFlag:
    """The flag, which `set` sets as often as it is called inside the `with` block."""

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
        """Stop what Blender renders or bakes now, as the Esc key does."""
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
        """Make a domain, and the rest of a context in which nothing belongs to the file that is open.

        Blender updates the context's view layer before it calls an operator. The window's view layer must not be
        updated during a bake of physics: 4.3 refuses ("Dependency graph update requested during evaluation"), 5.2
        crashes. With a new modifier Blender also builds all dependency graphs of the context's data anew, and draws the
        viewports: eight times each, and Cycles waits for these drawings where there are few cores.
        """
        data: Any = self._made.enter_context(bpy.data.temp_data())
        # Blender returns the object without a reference of its own, and would free it twice:
        # `bpy_rna_data_context_enter` in source/blender/python/intern/bpy_rna_data.cc, 4.3 to 5.2.
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
    """Clear the flag where it may be set. To be called when the script has ended, and no job of it runs.

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
    """Override the context inside the `with` block, and restore all of it, with its window.

    At the end of an override Blender checks whether the context's window still exists. It searches the data that the
    override has brought, and does not find the window there: `bpy_rna_context_temp_override_exit` in
    source/blender/python/intern/bpy_rna_context.cc, 4.2 to 5.2. The context then has no window until the next main-loop
    turn, and where no main loop turns it never has one again. So an outer override takes the window away first. The
    outer override ends when Blender's own data are the context's again, and brings the window back.
    """
    override: Any = bpy.context.temp_override
    with override(window=None), override(**members):
        yield
