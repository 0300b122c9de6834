"""The wheel `bpy` may crash or hang at the end of the process.

Versions: 4.2 and 4.5, the wheels only. 5.0 ends in order.
Symptom: 4.2 ends with a segmentation fault (exit code 139) though all is rendered; 4.5 never ends. A handler of plain
    Python that is left in Blender's lists is enough, without this package.
Blender's source: `bpy_module_free` in source/blender/python/intern/bpy_interface.cc; `SpaceType::~SpaceType` in
    source/blender/blenkernel/intern/screen.cc.
Tests: tests/headless/host/test_process_exit.py.
Can go: when no wheel before 5.0 is supported.

Blender's own exit runs when Python frees the module `bpy`. Blender or a thread may hold a function then: a handler, a
class that a script has registered, a driver's name. A function holds the names of its own module, and so `bpy`. Then
`bpy` is not freed, Blender's exit does not run, and Blender's static objects are destroyed after Python.

`handler_lists` takes the functions of this package out of Blender's lists. This file is for the functions of others.
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
"""Whether Blender is the module `bpy`, and no program. (4.2 has no `bpy.app.module`.)"""

VERSIONS = frozenset({(4, 2), (4, 5)})
"""The versions that need this file, and on which its tests run."""

IS_NEEDED = IS_MODULE and is_tested(VERSIONS)
"""Whether this Blender is such a version."""

_SELF = "__async_render_self__"
"""The name by which a module holds itself."""


def release_bpy() -> None:
    """Have Python empty all modules that hold `bpy`, also those of which Blender still holds functions.

    At its end Python empties each module that still exists. A module that is gone, but whose functions are held, keeps
    its names. So each of these modules gets a name for itself: Python then empties the module, and frees the cycle.
    """
    known: list[object] = list(sys.modules.values())
    for module in known:
        if not isinstance(module, ModuleType) or module is bpy:  # anything may stand in `sys.modules`
            continue
        if any(value is bpy for value in list(vars(module).values())):
            vars(module)[_SELF] = module
    bpy.app.driver_namespace.clear()  # Blender adds `bpy` for the first driver in Python


def end_process(end: SystemExit) -> NoReturn:
    """End the process as `end` says, from within an operator.

    Blender calls `exit` when `SystemExit` leaves an operator. The callers of the operator still hold `bpy` then, and
    nothing releases it.
    """
    if not isinstance(end.code, int | None):
        print(end.code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code or 0 if isinstance(end.code, int | None) else 1)


if IS_NEEDED:
    atexit.register(release_bpy)
