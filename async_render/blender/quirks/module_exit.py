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
import os
import sys
from types import ModuleType
from typing import NoReturn

import bpy

from .versions import is_tested

IS_MODULE = not bpy.app.binary_path
"""Whether Blender is the module `bpy`, and no program. (`bpy.app.module` is missing in 4.2.)"""

VERSIONS = frozenset({(4, 2), (4, 5)})
"""Where this file is needed, and was tried: tests/headless/host/test_process_exit.py. 5.0 ends in order without it."""

IS_NEEDED = IS_MODULE and is_tested(VERSIONS)
"""Whether this is one of them."""

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


def end_process(end: SystemExit) -> NoReturn:
    """End the process as `end` says, from within an operator.

    Blender calls `exit` when `SystemExit` leaves an operator. The callers of the operator still hold `bpy` then, and
    nothing lets it go.
    """
    if not isinstance(end.code, int | None):
        print(end.code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code or 0 if isinstance(end.code, int | None) else 1)


if IS_NEEDED:
    atexit.register(let_bpy_go)
