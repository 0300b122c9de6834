"""Blender's data may stay locked after a drawing.

Versions: seen in 4.3, once in some 400 renders that were cancelled. In 5.2 each thread has a lock of its own, as
    measured.
Symptom: until Blender quits no timer and no handler can write. "Writing to ID classes in this context is not allowed",
    "can't modify blend data in this state (drawing/rendering)".
Blender's source: `bpy_class_call` in source/blender/python/intern/bpy_rna.cc.
Tests: tests/window/quirks/test_draw_lock.py, which brings the lock about at will.
Can go: when no Blender before 5.2 is supported.

While Python draws a panel, nothing may be written and no operator may be called. In 4.3 one flag says so for all
threads. Whoever calls Python sets the flag, and afterwards sets it back to the value from before. A render thread that
calls Python while the main thread draws finds the flag set. When the render thread is done it sets the flag again,
though nobody draws any more.

Two calls of Blender's open the lock. A property's getter may write, so it opens the flag, and sets it back afterwards
(bpy_props.cc). The poll of an operator leaves the flag as the poll has found it. So a second thread reads a property.
While this thread is in the getter, the main thread polls an operator, and the poll finds the flag open. The getter ends
first; then the poll sets the flag back to open.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import bpy

from .versions import is_tested

log = logging.getLogger("async_render")

PROPERTY = "async_render_lock"
"""A property of the window manager. Blender stores nothing for it, in no file."""

VERSIONS = frozenset({(4, 3)})
"""The versions that need this file, and on which its tests run."""

LIMIT = 1.0
"""Seconds that one thread waits for the other at most. The way takes microseconds; the limit is for a bug."""


class _Opening:
    """The thread that reads the property, and the point that it has reached."""

    def __init__(self) -> None:
        manager = bpy.context.window_manager
        self.is_in_getter = threading.Event()
        self.may_leave = threading.Event()
        self.thread = threading.Thread(target=getattr, args=(manager, PROPERTY), name="async_render lock", daemon=True)

    def stay_in_getter(self) -> None:
        """Stay in the getter until the main thread has polled. Called on the second thread."""
        self.is_in_getter.set()
        self.may_leave.wait(LIMIT)

    def leave_getter(self) -> None:
        """Let the second thread leave the getter, and wait for its end. Called on the main thread."""
        self.may_leave.set()
        self.thread.join(LIMIT)


_IS_NEEDED = not bpy.app.background and is_tested(VERSIONS)
"""Whether this Blender may leave its data locked: it draws, and is a 4.3."""

_opening: _Opening | None = None
_is_registered = False


class _NeverRegistered(bpy.types.Operator):
    """A class for `is_locked`. (4.3 crashes for `int`, and really unregisters its own `Panel`.)"""


def allow_writes() -> None:
    """Open the lock if Blender has left it locked. To be called by a timer, on the main thread: nobody draws there.

    The first call registers what that takes, unless the data are locked already: a locked Blender registers nothing.
    """
    global _opening
    if not _IS_NEEDED:
        return
    if not is_locked():
        _register()
        return
    if not _is_registered:
        return
    _opening = _Opening()
    try:
        _opening.thread.start()
        _opening.is_in_getter.wait(LIMIT)
        operators: Any = bpy.ops
        operators.async_render.open_lock.poll()
    finally:
        _opening.leave_getter()
        _opening = None
    state = "refused" if is_locked() else "allowed"
    log.info("Blender had forgotten to allow writes again after it drew: now they are %s", state)


def is_locked() -> bool:
    """Return whether nothing can be written now."""
    try:
        bpy.utils.unregister_class(_NeverRegistered)  # always refused: for the lock, or as it is not registered
    except RuntimeError as error:
        return "readonly" in str(error)
    return False


def _stay_in_getter(_manager: object) -> bool:
    if _opening is not None and threading.current_thread() is _opening.thread:
        _opening.stay_in_getter()
    return False


class ASYNC_RENDER_OT_open_lock(bpy.types.Operator):
    """Open Blender's data for writing"""

    bl_idname = "async_render.open_lock"
    bl_label = "Open Lock"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:  # noqa: ARG003 - Blender hands it over
        """Keep the flag as it is while the second thread is in the getter. There is nothing to execute."""
        if _opening is not None:
            _opening.leave_getter()
        return False


def _register() -> None:
    """Register the property and the operator."""
    global _is_registered
    if not _is_registered:
        bpy.utils.register_class(ASYNC_RENDER_OT_open_lock)
        setattr(bpy.types.WindowManager, PROPERTY, bpy.props.BoolProperty(get=_stay_in_getter, options={"HIDDEN"}))
        _is_registered = True


def unregister() -> None:
    """Unregister both, when the loop is closed."""
    global _is_registered
    if _is_registered:
        _is_registered = False
        delattr(bpy.types.WindowManager, PROPERTY)
        bpy.utils.unregister_class(ASYNC_RENDER_OT_open_lock)
