"""Reasons why a property does not take a value."""

from __future__ import annotations

import ast
import math
from typing import Any

from ..datablocks import Datablock, by_name, collection_of, names_of
from ..quirks.versions import ACTIONS_HAVE_LAYERS
from .properties import Property


def problem_with(found: Property, value: Any) -> str | None:
    """Return why a property does not take a value, as the end of a sentence; None: it takes the value."""
    return _problem_with_owner(found) or (None if found.is_custom else _problem_with_value(found, value))


def _problem_with_owner(found: Property) -> str | None:
    owner, name = found.owner, found.name
    datablock = owner.id_data
    if not datablock.is_editable:
        return f"belongs to {datablock.name!r}, which is linked from another file; make it local, or a library override"
    if found.is_custom:
        return None
    if datablock.override_library and not owner.is_property_overridable_library(name):
        return f"belongs to the library override {datablock.name!r}, and cannot be overridden; make it local"
    if found.rna.is_readonly or owner.is_property_readonly(name):
        return "is read-only in Blender"
    if is_animated(owner, name):
        return "has a driver or keyframes, which would set it again at each frame; mute or remove them"
    return None


def is_animated(owner: Any, name: str) -> bool:
    """Return whether a driver or the active action sets the property. Muted ones do not."""
    animation = getattr(owner.id_data, "animation_data", None)
    if animation is None:
        return False
    try:
        path = owner.path_from_id(name)
    except ValueError:  # a struct without a path has no curves
        return False
    curves = [*animation.drivers, *(_curves(animation.action, animation) if animation.action else ())]
    return any(curve.data_path == path and not curve.mute for curve in curves)


def _curves(action: Any, animation: Any) -> list[Any]:
    if not ACTIONS_HAVE_LAYERS:
        # Up to 4.3 the action has no others. In 4.4 and 4.5 these are the curves of the first slot.
        return list(action.fcurves)
    bags = (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags)
    return [curve for bag in bags if bag.slot == animation.action_slot for curve in bag.fcurves]


def _problem_with_value(found: Property, value: Any) -> str | None:
    rna = found.rna
    if rna.type == "POINTER":
        return _problem_with_datablock(rna, value)
    if rna.type == "COLLECTION":
        return "is a collection, not a value"
    if getattr(rna, "is_array", False):
        length = len(getattr(found.owner, found.name))
        if not isinstance(value, tuple) or len(value) != length:
            return f"takes {length} values"
        return next(filter(None, (_problem_with_item(found, item) for item in value)), None)
    if rna.type == "ENUM" and rna.is_enum_flag:
        wrong = [item for item in value if item not in rna.enum_items_static]
        return f"has no {wrong}; it has {', '.join(rna.enum_items_static.keys())}" if wrong else None
    return _problem_with_item(found, value)


def _problem_with_item(found: Property, value: Any) -> str | None:
    rna = found.rna
    if rna.type == "BOOLEAN":
        return None if isinstance(value, bool) else "takes True or False"
    if rna.type in {"INT", "FLOAT"}:
        return _problem_with_number(rna, value)
    if not isinstance(value, str):
        return "takes a text"
    if rna.type == "ENUM":
        possible = _choices(found)
        return None if value in possible else f"is not possible in this Blender; it has {', '.join(possible)}"
    return None


def _problem_with_number(rna: Any, value: Any) -> str | None:
    kinds = int if rna.type == "INT" else int | float
    if not isinstance(value, kinds) or isinstance(value, bool):
        return "takes a whole number" if rna.type == "INT" else "takes a number"
    if not rna.hard_min <= value <= rna.hard_max:
        return f"takes {rna.hard_min:g} to {rna.hard_max:g}"
    return None


def _choices(found: Property) -> list[str]:
    if found.owner.bl_rna.identifier == "ImageFormatSettings":
        # The choices depend on the format, which may change with the same settings; `set` checks them then.
        return list(found.rna.enum_items_static.keys()) or possible_now(found)
    return possible_now(found)


def possible_now(found: Property) -> list[str]:
    """Return the choices that an enumeration has now, also where Blender computes them (engines, formats).

    Blender lists these choices only in the error for a wrong choice: `enum "?" not found in ('CYCLES', …)`. The error
    is from `pyrna_string_to_enum_bitfield` and `pyrna_enum_to_py` in source/blender/python/intern/bpy_rna.cc, and
    nothing changes.
    """
    try:
        setattr(found.owner, found.name, "?")
    except TypeError as error:
        listed = str(error).partition(" not found in ")[2]
        value = ast.literal_eval(listed) if listed else ()
        return [value] if isinstance(value, str) else list(value)
    raise AssertionError(f"{found.name} took '?'")


def _problem_with_datablock(rna: Any, value: Any) -> str | None:
    collection = collection_of(rna)
    if collection is None:
        return "is a group of properties, not a value"
    if not isinstance(value, str):
        return "takes a datablock's name"
    if by_name(collection, value) is None:
        return f"is not in this file; it has {names_of(collection)}"
    return None


def is_same(got: Any, wanted: Any) -> bool:
    """Return whether Blender has taken a value as it was given, up to the precision of Blender's numbers."""
    if isinstance(got, Datablock):
        return got.is_same(wanted) if isinstance(wanted, Datablock) else bool(got.name == wanted)
    if isinstance(got, tuple) and isinstance(wanted, tuple):
        return len(got) == len(wanted) and all(map(is_same, got, wanted))
    if isinstance(got, float) and isinstance(wanted, int | float):
        return math.isclose(got, wanted, rel_tol=1e-6, abs_tol=1e-9)
    return bool(got == wanted)
