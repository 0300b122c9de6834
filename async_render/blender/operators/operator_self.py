"""`self` in the coroutine of an `AsyncOperator`: a copy of the operator that lives as long as the coroutine."""

from __future__ import annotations

import inspect
from collections.abc import Container
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import bpy

from ...render.activity import Activity
from ..window.messages import Severity, report
from .operator_properties import OperatorProperties, plain_properties

_MISSING = object()


class _OperatorClass(type):
    """The type of `type(self)`: a class that has, and takes, the attributes of the operator's own class."""

    _operator: type[bpy.types.Operator]

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._operator, name)

    def __setattr__(cls, name: str, value: object) -> None:
        setattr(cls._operator, name, value)


class OperatorSelf(metaclass=_OperatorClass):
    """An operator's properties and methods, which live as long as its coroutine.

    Blender frees an operator when the operator has returned. Code that keeps the operator gets "StructRNA of type … has
    been removed"; its vectors and collections would point to freed memory. So this object has copies of all properties
    and attributes, and finds everything else in the operator's class. Python cannot make a second object of that class.
    `isinstance` and `super()` take this object for one, because its `__class__` is the operator's class.

    Attributes:
        activity: the activity that the panel shows.
        properties: the operator's properties, as `Operator.properties`.
        options: how the operator was called, as `Operator.options`.
    """

    activity: Activity
    properties: OperatorProperties
    options: Any
    _operator: ClassVar[type[bpy.types.Operator]] = bpy.types.Operator

    def __init__(self, operator: Any, activity: Activity) -> None:
        own = {**vars(operator), "activity": activity, "options": SimpleNamespace(**plain_properties(operator.options))}
        vars(self).update(own, properties=OperatorProperties(operator))

    def _class(self) -> Any:
        return self._operator

    if not TYPE_CHECKING:  # type checkers take `__class__` for the class itself
        __class__ = property(_class)

    def __getattr__(self, name: str) -> Any:
        """Return a property's value, or a method or another attribute of the class, bound to this object."""
        if name in self.__dict__.get("properties", ()):
            return getattr(self.properties, name)
        attribute = inspect.getattr_static(self._operator, name, _MISSING)
        if attribute is _MISSING:
            raise AttributeError(f"{self._operator.__name__!r} object has no attribute {name!r}")
        return attribute.__get__(self, self._operator) if hasattr(attribute, "__get__") else attribute

    def __setattr__(self, name: str, value: object) -> None:
        attribute: Any = inspect.getattr_static(self._operator, name, None)
        if name in self.properties:
            setattr(self.properties, name, value)
        elif hasattr(attribute, "__set__"):  # a `property` of the class
            attribute.__set__(self, value)
        else:
            object.__setattr__(self, name, value)

    def as_keywords(self, *, ignore: Container[str] = ()) -> dict[str, Any]:
        """Return the properties as a dictionary, as `Operator.as_keywords` does.

        Args:
            ignore: the names of properties that are left out.

        Example:
            >>> await ar.operator(bpy.ops.export_scene.gltf, **self.as_keywords(ignore=("filter_glob",)))
        """
        return {name: getattr(self.properties, name) for name in self.properties.all_names() if name not in ignore}

    def is_property_set(self, name: str) -> bool:
        """Return whether a property was given by the caller, or set since."""
        return self.properties.is_property_set(name)

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


def copy_of(operator: bpy.types.Operator, activity: Activity) -> Any:
    """Return the `self` for the coroutine of an operator that Blender has called."""
    kind = type(operator)
    namespace = {"_operator": kind, "__doc__": kind.__doc__, "__module__": kind.__module__}
    twin: Any = _OperatorClass(kind.__name__, (OperatorSelf,), namespace)
    return twin(operator, activity)


def _severity(name: str) -> Severity:
    """Return the severity, of three, of a report's type: Blender has nine types."""
    return "ERROR" if name.startswith("ERROR") else "WARNING" if name == "WARNING" else "INFO"
