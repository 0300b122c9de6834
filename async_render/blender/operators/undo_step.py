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


def push_undo(operator: type[bpy.types.Operator], arguments: Arguments) -> None:
    """Push an undo step with the name of an operator.

    Args:
        operator: the class, which may be unregistered by now. Blender then has no last operator, either.
        arguments: the operator's arguments, to repeat the work.
    """
    if bpy.app.background or some_window() is None:
        return
    with in_a_window():
        push: Any = bpy.ops.ed.undo_push
        if not push.poll():  # Blender quits
            return
        if (step := _steps.get(operator)) is None:
            push(message=operator.bl_label)
        else:
            step.latest = arguments
            function_of(step)("EXEC_DEFAULT", True)  # as if the user had called the operator: Blender pushes the step
