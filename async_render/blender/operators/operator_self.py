"""`self` in the coroutine of an `AsyncOperator`: a copy of the operator that lives as long as the coroutine."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import bpy
from mathutils import Color, Euler, Matrix, Quaternion, Vector

from ...render.activity import Activity
from ..window.messages import Severity, report


class OperatorSelf:
    """An operator's properties and methods, which live as long as its coroutine.

    Blender frees an operator when the operator has returned. Code that keeps the operator gets "StructRNA of type … has
    been removed"; its vectors and collections would point to freed memory. So this object has copies of all properties
    and attributes, and finds everything else in the operator's class.

    Attributes:
        activity: the activity that the panel shows.
    """

    activity: Activity

    def __init__(self, operator: bpy.types.Operator, activity: Activity) -> None:
        self._operator = type(operator)
        self.__dict__.update(_plain_properties(operator.properties), **vars(operator), activity=activity)

    def __getattr__(self, name: str) -> Any:
        """Return a method or another attribute of the class, bound to this object."""
        attribute = inspect.getattr_static(self._operator, name)
        return attribute.__get__(self, self._operator) if hasattr(attribute, "__get__") else attribute

    def report(self, types: set[Any], message: str) -> None:
        """Report a message, as `Operator.report` does, at any time; without a window the message is printed.

        Args:
            types: as `{"INFO"}`, `{"WARNING"}` or `{"ERROR"}`.
            message: the message.

        Example:
            >>> self.report({"INFO"}, "12 frames are rendered")
        """
        severities: set[Severity] = {_severity(name) for name in types}
        for severity in severities:
            if bpy.app.background:
                print(f"{severity.title()}: {message}")
            else:
                report(severity, message)


def _severity(name: str) -> Severity:
    """Return which of three severities one of Blender's nine types is."""
    return "ERROR" if name.startswith("ERROR") else "WARNING" if name == "WARNING" else "INFO"


_ARRAY: Any = bpy.types.bpy_prop_array


def _plain_properties(struct: Any) -> dict[str, Any]:
    names = [item.identifier for item in struct.bl_rna.properties]
    return {name: _plain(getattr(struct, name)) for name in names if name != "rna_type"}


def _plain(value: Any) -> Any:
    """Return a copy of a value that does not point into Blender's memory."""
    if isinstance(value, (Color, Euler, Matrix, Quaternion, Vector)):
        return value.copy()
    if isinstance(value, _ARRAY):
        return tuple(value)
    if isinstance(value, bpy.types.bpy_prop_collection):
        return [_plain(item) for item in value]
    if isinstance(value, bpy.types.PropertyGroup):
        return SimpleNamespace(**_plain_properties(value))
    return value
