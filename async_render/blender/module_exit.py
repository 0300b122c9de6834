"""Blender's own exit, at the end of a process with the `bpy` wheel.

It runs when Python frees the module `bpy`: `bpy_module_free` in source/blender/python/intern/bpy_interface.cc. What
Blender or a thread still holds then, a handler, a class that a script registered, a driver's names, holds its module's
names, and so `bpy`: its exit is left out, and Blender's static objects are destroyed after Python
(`SpaceType::~SpaceType` in source/blender/blenkernel/intern/screen.cc). The wheel of 4.2 ends with a segmentation fault
(exit code 139), though all is rendered, and that of 4.5 never ends. One handler of plain Python does that, without us.

Ours are taken out of Blender's lists (see `callbacks`). This is for those of others.
"""

from __future__ import annotations

import atexit
import sys
from types import ModuleType

import bpy

IS_MODULE = not bpy.app.binary_path
"""Whether Blender is the module `bpy`, and no program. (`bpy.app.module` is missing in 4.2.)"""

VERSIONS = ((4, 2), (4, 5))
"""Where `let_bpy_go` is needed, and was tried: tests/headless/test_process_exit.py. 5.0 ends in order without it."""

_SELF = "__async_render_self__"


def let_bpy_go() -> None:
    """Have Python empty all modules that know `bpy`, also those whose functions are still held.

    At its end Python empties each module that is still there, but not the names of one whose functions alone are left.
    So these modules hold themselves: a cycle, which goes where nobody else holds it.
    """
    known: list[object] = list(sys.modules.values())
    for module in known:
        if not isinstance(module, ModuleType) or module is bpy:  # anything may stand there
            continue
        if any(value is bpy for value in list(vars(module).values())):
            vars(module)[_SELF] = module
    bpy.app.driver_namespace.clear()  # Blender puts `bpy` there for the first driver in Python


if IS_MODULE and bpy.app.version[:2] in VERSIONS:
    atexit.register(let_bpy_go)
