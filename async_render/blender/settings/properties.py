"""A property by its path from a scene: found, read and set."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import bpy

from ...render.names import KnownName
from ..datablocks import Datablock, by_name, collection_of, find_datablock, known_by
from .reach import OUTWARDS, REMEDY, problem_with_custom_property, problem_with_property, problem_with_struct

_TOKEN = re.compile(
    r"""\.?(?P<name>[A-Za-z_]\w*)|\[(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<index>\d+))\]"""
)

BLENDER_REFUSES = (TypeError, ValueError, AttributeError, RuntimeError, ReferenceError)
"""The exceptions that setting a property may raise."""


class PropertyNotFoundError(LookupError):
    """A path that leads to no property.

    Args:
        message: what is wrong with the path.
        name: the name that is not there.
        known: the names that are there. The search for similar ones takes time, so only the message has it.
    """

    def __init__(self, message: str, name: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(message)
        self._name = name
        self._known = tuple(known)

    def __str__(self) -> str:
        close = get_close_matches(self._name, self._known, n=3)
        return f"{self.args[0]}; near to it: {', '.join(map(repr, close))}" if close else str(self.args[0])


class OutOfReachError(LookupError):
    """A path that leads to a property which settings may not set."""


class Location(NamedTuple):
    """The location of a property."""

    path: str
    """The path from the scene, in one form however it was written: `view_layers["A"].use`."""
    root: Datablock | None = None
    """The datablock that the path leads into; None: the scene itself."""


@dataclass(frozen=True)
class Property:
    """A property of one of Blender's structs, or a custom property."""

    owner: Any
    name: str
    is_custom: bool
    location: Location

    @property
    def rna(self) -> Any:
        """Blender's description of the property; None: a custom property."""
        return None if self.is_custom else self.owner.bl_rna.properties[self.name]

    def get(self) -> Any:
        """Return the value, in a form that outlives the scene."""
        value = self.owner[self.name] if self.is_custom else getattr(self.owner, self.name)
        if self.rna is not None and self.rna.type == "POINTER":
            return known_by(value)
        if isinstance(value, set):
            return tuple(sorted(value))
        return value if isinstance(value, bool | int | float | str) else tuple(value)

    def datablock(self, known: str | Datablock) -> Any:
        """Return the datablock that the property pointed to, or will point to.

        Names are not unique: a linked datablock may have the name of a local one. The property's current datablock
        counts first, then the local one.

        Raises:
            ValueError: the datablock is gone.
        """
        collection = collection_of(self.rna)
        if isinstance(known, Datablock):
            return find_datablock(collection, known)
        current = getattr(self.owner, self.name)
        is_current = current is not None and current.name == known and not isinstance(known, KnownName)
        found = current if is_current else by_name(collection, known)
        if found is None:
            raise ValueError(f"{known!r} is not in this file any more")
        return found

    @property
    def is_set(self) -> bool:
        """Whether the property has a value of its own, also a value that equals the default. Blender's own properties
        always have."""
        return self.is_custom or bool(self.owner.is_property_set(self.name))

    def unset(self) -> None:
        """Reset the property to its default, as if nobody had ever set it."""
        self.owner.property_unset(self.name)

    def set(self, value: Any) -> None:
        """Set the value, in the form of `get`.

        Raises:
            TypeError, ValueError, AttributeError: Blender refuses the value.
        """
        if self.is_custom:
            self.owner[self.name] = value
        elif self.rna.type == "POINTER":
            setattr(self.owner, self.name, self.datablock(value))
        elif self.name == "frame_current" and isinstance(self.owner, bpy.types.Scene) and value < 0:
            # The property takes no frame before 0, unless the preferences allow it.
            go_to(self.owner, value + self.owner.frame_subframe)
        else:
            is_flags = self.rna.type == "ENUM" and self.rna.is_enum_flag
            setattr(self.owner, self.name, set(value) if is_flags else value)


def go_to(scene: bpy.types.Scene, frame: float) -> None:
    """Set the scene to any frame that Blender has, also between two frames, or before frame 0."""
    scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))


def find_property(scene: bpy.types.Scene, path: str) -> Property:
    """Find the property at a path such as `view_layers["A"].use_pass_z`. Single quotes are possible, too.

    Raises:
        PropertyNotFoundError: there is none. The message has the part of the path that is wrong, and similar names.
        OutOfReachError: settings may not set the property.
    """
    tokens = _tokens(path)
    owner, root = _walk(scene, tokens[:-1], path, tuple(OUTWARDS))
    return _last(owner, tokens[-1], path, Location(_canonical(tokens), root))


def way_out(path: str) -> str | None:
    """Return the part of a path that leads out of the scene, as `camera.data`; None: the path stays in the scene."""
    inside = path.lstrip(".")
    return next((out for out in OUTWARDS if inside.startswith((f"{out}.", f"{out}["))), None)


def find_at(scene: bpy.types.Scene, location: Location) -> Property:
    """Find the property at a location, in the datablock that the path led into when the location was noted.

    Raises:
        PropertyNotFoundError: there is none, or the datablock is gone.
        OutOfReachError: settings may not set the property.
    """
    way = way_out(location.path)
    if location.root is None or way is None:
        return find_property(scene, location.path)
    try:
        owner = find_datablock(getattr(bpy.data, OUTWARDS[way]), location.root)
    except ValueError as error:
        raise PropertyNotFoundError(str(error)) from error
    tokens = _tokens(location.path.lstrip(".").removeprefix(way))
    owner, _ = _walk(owner, tokens[:-1], location.path, ())
    return _last(owner, tokens[-1], location.path, location)


def _walk(
    owner: Any, tokens: list[re.Match[str]], path: str, outwards: tuple[str, ...]
) -> tuple[Any, Datablock | None]:
    """Return the struct at the end of a path, and the datablock that the path has entered on its way outwards."""
    root = None
    way = ""
    for token in tokens:
        owner = _step(owner, token, path)
        way = f"{way}.{token['name']}".lstrip(".")
        if isinstance(owner, bpy.types.bpy_prop_collection):
            continue
        if isinstance(owner, bpy.types.ID):
            if token is not tokens[-1] and any(outward.startswith(f"{way}.") for outward in outwards):
                continue  # the camera, on the way to its data
            if way not in outwards:
                _check_reach(f"leads to another datablock; {REMEDY}", token, path)
            root = known_by(owner)
        _check_reach(problem_with_struct(owner), token, path)
    return owner, root


def _last(owner: Any, token: re.Match[str], path: str, location: Location) -> Property:
    name = token["name"]
    if name is not None:
        _find_rna(owner, name, path)
        _check_reach(problem_with_property(owner, name), token, path)
        return Property(owner, name, False, location)
    key = _key(token)
    if key is None or not isinstance(owner, bpy.types.bpy_struct) or key not in owner.keys():  # noqa: SIM118
        raise PropertyNotFoundError(f"{token[0]} in {path!r} is no custom property there")
    _check_reach(problem_with_custom_property(owner, key), token, path)
    return Property(owner, key, True, location)


def _check_reach(problem: str | None, token: re.Match[str], path: str) -> None:
    if problem is not None:
        raise OutOfReachError(f"{token[0].lstrip('.')!r} in {path!r} {problem}")


def _canonical(tokens: list[re.Match[str]]) -> str:
    return "".join(_written(token) for token in tokens).lstrip(".")


def _written(token: re.Match[str]) -> str:
    if token["name"] is not None:
        return f".{token['name']}"
    key = _key(token)
    return token[0] if key is None else in_brackets(key)


def in_brackets(key: str) -> str:
    """Return a key as a part of a path: `["A"]`."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


def _tokens(path: str) -> list[re.Match[str]]:
    tokens = list(_TOKEN.finditer(path))
    if not tokens or "".join(token[0] for token in tokens) != path:
        raise PropertyNotFoundError(f"{path!r} is not a path; write it as Blender's Copy Data Path does")
    return tokens


def _key(token: re.Match[str]) -> str | None:
    key = token["double"] if token["double"] is not None else token["single"]
    return None if key is None else re.sub(r"\\(.)", r"\1", key)


def _step(owner: Any, token: re.Match[str], path: str) -> Any:
    if token["name"] is not None:
        _find_rna(owner, token["name"], path)
        value = getattr(owner, token["name"])
    else:
        key = _key(token)
        if not isinstance(owner, bpy.types.bpy_prop_collection):  # in a struct, brackets mean a custom property
            raise OutOfReachError(f"{token[0]} in {path!r} leads through a custom property; {REMEDY}")
        try:
            value = owner[int(token["index"]) if key is None else key]
        except (KeyError, IndexError, TypeError) as error:
            there = [str(name) for name in owner.keys()] if hasattr(owner, "keys") else []  # noqa: SIM118
            raise PropertyNotFoundError(f"{token[0]} in {path!r} is not there", key or "", there) from error
    if value is None:
        raise PropertyNotFoundError(f"{token[0].lstrip('.')!r} in {path!r} is not set in this scene; set it first")
    return value


def _find_rna(owner: Any, name: str, path: str) -> None:
    known: Any = owner.bl_rna.properties if isinstance(owner, bpy.types.bpy_struct) else {}
    if name not in known:
        raise PropertyNotFoundError(f"{name!r} in {path!r} is not there", name, known.keys())
