"""The properties of an operator, copied, so that they outlive the operator."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy
from mathutils import Color, Euler, Matrix, Quaternion, Vector


def function_of(operator: type[bpy.types.Operator]) -> Any:
    """Return an operator's function. Blender changes the `bl_idname` of a class that is registered."""
    module, _, name = operator.bl_idname.replace("_OT_", ".", 1).partition(".")
    return getattr(getattr(bpy.ops, module.lower()), name)


class OperatorProperties:
    """A copy of `Operator.properties`, with those methods of Blender's that operators use."""

    def __init__(self, operator: bpy.types.Operator) -> None:
        source: Any = operator.properties
        values = plain_properties(source)
        given = {name for name in values if source.is_property_set(name)}
        self.__dict__.update(_operator=type(operator), _given=given, _values=values)

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name not in values:
            raise AttributeError(f"the operator has no property {name!r}; it has {', '.join(values) or 'none'}")
        return values[name]

    def __setattr__(self, name: str, value: object) -> None:
        getattr(self, name)  # raises for a misspelt name, as Blender does
        self._values[name] = value
        self._given.add(name)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    @property
    def rna_type(self) -> Any:
        """The type of the properties, with their names and limits."""
        return function_of(self._operator).get_rna_type()

    bl_rna = rna_type

    def all_names(self) -> list[str]:
        """Return the names of all properties."""
        return list(self._values)

    def keys(self) -> list[str]:
        """Return the names of the properties that were given by the caller, or set since, as Blender does."""
        return [name for name in self._values if name in self._given]

    def is_property_set(self, name: str, *, ghost: bool = True) -> bool:
        """Return whether a property was given by the caller, or set since.

        Raises:
            TypeError: there is no such property; Blender raises the same.
        """
        if name not in self._values:
            raise TypeError(f"is_property_set({name!r}): the operator has no such property")
        return name in self._given

    def as_arguments(self) -> dict[str, Any]:
        """Return the properties that were given, as arguments of another call of the operator."""
        return {name: _argument(getattr(self, name)) for name in self.keys()}


def _argument(value: Any) -> Any:
    if isinstance(value, SimpleNamespace):
        return {name: _argument(item) for name, item in vars(value).items()}
    return [_argument(item) for item in value] if isinstance(value, list) else value


def plain_properties(struct: Any) -> dict[str, Any]:
    """Return copies of all properties, by their names."""
    names = [item.identifier for item in struct.bl_rna.properties]
    return {name: _plain(getattr(struct, name)) for name in names if name != "rna_type"}


_ARRAY: Any = bpy.types.bpy_prop_array


def _plain(value: Any) -> Any:
    """Return a copy of a value that does not point into Blender's memory."""
    if isinstance(value, (Color, Euler, Matrix, Quaternion, Vector)):
        return value.copy()
    if isinstance(value, _ARRAY):  # of several dimensions: its items are arrays
        return tuple(_plain(item) for item in value)
    if isinstance(value, bpy.types.bpy_prop_collection):
        return [_plain(item) for item in value]
    if isinstance(value, bpy.types.PropertyGroup):
        return SimpleNamespace(**plain_properties(value))
    return value
