"""Blender's lock on its data while it draws, which it may forget to open.

While Python draws a panel, nothing may be written and no operator be called. In 4.3 one flag says so, for all threads:
whoever calls Python sets it, and then sets it back to what it was. A render thread that begins to call Python while the
main thread draws finds the flag set, and sets it again when it is done, though nobody draws any more. From then on no
timer and no handler can write, until Blender quits: "Writing to ID classes in this context is not allowed", "can't
modify blend data in this state (drawing/rendering)". `bpy_class_call` in source/blender/python/intern/bpy_rna.cc;
seen once in some 400 renders that were cancelled, and at will in tests/window/test_writes.py.

A property's getter may write, and sets the flag back as well (bpy_props.cc); the poll of an operator leaves the flag as
it finds it. So the lock is opened by two threads: one reads a property; while it is in the getter, the main thread
polls an operator, which finds the flag open; the getter ends first, and the poll sets it back to open.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import bpy

from .versions import is_tested

log = logging.getLogger("async_render")

PROPERTY = "async_render_lock"
"""Of the window manager: nothing is stored there, and it is in no file."""

VERSIONS = frozenset({(4, 3)})
"""tests/window/test_writes.py. In 5.2 each thread has a flag of its own, as measured."""

LIMIT = 1.0
"""Seconds that one thread waits for the other."""


class _Opening:
    """The thread that reads the property, and where it is."""

    def __init__(self) -> None:
        manager = bpy.context.window_manager
        self.is_in_getter = threading.Event()
        self.may_leave = threading.Event()
        self.thread = threading.Thread(target=getattr, args=(manager, PROPERTY), name="async_render lock", daemon=True)

    def stay_in_getter(self) -> None:
        """On that thread."""
        self.is_in_getter.set()
        self.may_leave.wait(LIMIT)

    def leave_getter(self) -> None:
        """On the main thread, which waits for the other one."""
        self.may_leave.set()
        self.thread.join(LIMIT)


_opening: _Opening | None = None
_is_registered = False


class _NeverRegistered(bpy.types.Operator):
    """To ask with. (4.3 crashes for `int`, and does take its own `Panel` away.)"""


def let_write() -> None:
    """Open the lock if Blender has forgotten to. For a timer, on the main thread: where nobody draws."""
    global _opening
    if not _is_registered or not is_locked():
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
    """Whether nothing can be written now."""
    try:
        bpy.utils.unregister_class(_NeverRegistered)  # refused in any case: for the lock, or since it is not registered
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
        """Leave the flag as it is while the other thread is in the getter. There is nothing to execute."""
        if _opening is not None:
            _opening.leave_getter()
        return False


def register() -> None:
    """Add what it takes where Blender forgets; without a window it draws nothing."""
    global _is_registered
    if not bpy.app.background and is_tested(VERSIONS):
        bpy.utils.register_class(ASYNC_RENDER_OT_open_lock)
        setattr(bpy.types.WindowManager, PROPERTY, bpy.props.BoolProperty(get=_stay_in_getter, options={"HIDDEN"}))
        _is_registered = True


def unregister() -> None:
    """Take it away."""
    global _is_registered
    if _is_registered:
        _is_registered = False
        delattr(bpy.types.WindowManager, PROPERTY)
        bpy.utils.unregister_class(ASYNC_RENDER_OT_open_lock)
