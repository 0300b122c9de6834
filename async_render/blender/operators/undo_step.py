"""The undo step of an `AsyncOperator`: an operator of the same name, with `"UNDO"`, is called when the work has ended.

A step by `bpy.ops.ed.undo_push` belongs to no operator. Blender's *Adjust Last Operation* then goes on to show the
operator before, and a value that is changed there undoes our step as well: `WM_operator_last_redo` in
source/blender/windowmanager/intern/wm_operators.cc and `ED_undo_operator_repeat` in
source/blender/editors/undo/ed_undo.cc, 4.2 to 5.2.
"""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import bpy

from ..handler_lists import add_timer
from ..window.windows import in_a_window, some_window
from .operator_properties import function_of

UNDO_OPTIONS = {"UNDO", "UNDO_GROUPED"}
"""The options by which Blender pushes an undo step when an operator returns."""

Arguments = dict[str, Any]


class _UndoStep:
    """A base class, beside `bpy.types.Operator`, for the operator whose call is the undo step of one `AsyncOperator`.

    The operator has no properties, so that there is nothing to adjust: the work would have to be done again.
    """

    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO", "INTERNAL"}

    operator: ClassVar[type[bpy.types.Operator]]
    """The class that has done the work."""
    latest: ClassVar[Arguments] = {}
    """The arguments of the work that has ended last."""

    options: Any
    arguments: Arguments

    def execute(self, _context: bpy.types.Context) -> Any:
        """Let Blender push the step. If the user repeats the last operator, start the work again."""
        if self.options.is_repeat_last:
            function = function_of(self.operator)
            if function.poll():
                function("EXEC_DEFAULT", **self.arguments)
        elif not self.options.is_repeat:
            self.arguments = self.latest
            return {"FINISHED"}
        return {"CANCELLED"}  # Blender has undone the step to adjust its operator, and redoes the step now


_numbers = itertools.count(1)

_steps: dict[type[bpy.types.Operator], Any] = {}
"""The operator that is the undo step, of each class that is registered."""


def add_undo_step(operator: type[bpy.types.Operator]) -> None:
    """Register the operator that is the undo step of an `AsyncOperator`."""
    number = next(_numbers)
    namespace = {
        "__doc__": operator.__doc__,
        "__module__": operator.__module__,
        "bl_idname": f"async_render.undo_step_{number}",
        "bl_label": operator.bl_label,
        "operator": operator,
    }
    _steps[operator] = type(f"ASYNC_RENDER_OT_undo_step_{number}", (_UndoStep, bpy.types.Operator), namespace)
    bpy.utils.register_class(_steps[operator])


def remove_undo_step(operator: type[bpy.types.Operator]) -> None:
    """Unregister the operator that is the undo step of an `AsyncOperator`, if there is one."""
    if (step := _steps.pop(operator, None)) is not None:
        bpy.utils.unregister_class(step)


POLL_INTERVAL = 0.1
"""Seconds between two attempts to push a step that Blender has not taken."""

MOST_ATTEMPTS = 36_000
"""Number of attempts, which is an hour: an operator that never returns must not keep a timer for ever."""


class _Late:
    """The step that waits until an operator of somebody else has returned. The newest one has the work of all."""

    step: tuple[type[bpy.types.Operator], Arguments] | None = None
    attempts: int = 0


def push_undo(operator: type[bpy.types.Operator], arguments: Arguments) -> None:
    """Push an undo step with the name of an operator.

    Blender takes no step of an operator that is called inside another one: `wm_operator_finished` in
    source/blender/windowmanager/intern/wm_event_system.cc, 4.2 to 5.2. The work may end while an operator of somebody
    else turns Blender's main loop. Then its step is pushed as soon as that operator has returned.

    Args:
        operator: the class, which may be unregistered by now. Blender then has no last operator, either.
        arguments: the operator's arguments, to repeat the work.
    """
    if _try_to_push(operator, arguments):
        _Late.step = None
    else:
        _Late.step, _Late.attempts = (operator, arguments), 0
        add_timer(_push_late, POLL_INTERVAL)


def _push_late() -> float | None:
    """Try again to push the step, and return the seconds until the next attempt. Blender's main loop calls this."""
    _Late.attempts += 1
    if _Late.step is not None and _Late.attempts < MOST_ATTEMPTS and not _try_to_push(*_Late.step):
        return POLL_INTERVAL
    _Late.step = None
    return None


def _try_to_push(operator: type[bpy.types.Operator], arguments: Arguments) -> bool:
    """Push a step, and return whether nothing is left to do: Blender has taken the step, or never will."""
    if bpy.app.background or some_window() is None:
        return True
    with in_a_window():
        push: Any = bpy.ops.ed.undo_push
        if not push.poll():  # Blender quits
            return True
        step = _steps.get(operator)
        if step is None:
            push(message=operator.bl_label)
            return True
        step.latest = arguments
        before = _last_operator()
        function_of(step)("EXEC_DEFAULT", True)  # as if the user had called the operator: Blender pushes the step
        return _last_operator() != before


def _last_operator() -> int | None:
    """Return the address of the operator that Blender has recorded last. Blender records those whose step it takes."""
    manager: Any = bpy.context.window_manager
    return manager.operators[-1].as_pointer() if manager.operators else None
