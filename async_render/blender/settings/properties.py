"""A property by its path from a scene: found, checked, read and set, with errors that say what would be possible."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import bpy

from ..datablocks import Datablock, KnownName, by_name, collection_of, find_datablock, known_by
from .reach import OUTWARDS, REMEDY, problem_with_custom_property, problem_with_property, problem_with_struct

_TOKEN = re.compile(
    r"""\.?(?P<name>[A-Za-z_]\w*)|\[(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<index>\d+))\]"""
)

BLENDER_REFUSES = (TypeError, ValueError, AttributeError, RuntimeError, ReferenceError)
"""What setting a property may raise."""


class PropertyNotFoundError(LookupError):
    """Nothing is at the path."""


class OutOfReachError(LookupError):
    """Settings may not set what is at the path."""


class Place(NamedTuple):
    """Where a property is."""

    path: str
    """From the scene, in one form: `view_layers["A"].use`, however it was written."""
    root: Datablock | None = None
    """The datablock that the path leads into; None: the scene itself."""


@dataclass(frozen=True)
class Property:
    """A property of a struct of Blender's, or a custom property."""

    owner: Any
    name: str
    is_custom: bool
    place: Place

    @property
    def rna(self) -> Any:
        """What Blender knows about it; None for a custom property."""
        return None if self.is_custom else self.owner.bl_rna.properties[self.name]

    def get(self) -> Any:
        """Its value, in a form that outlives the scene."""
        value = self.owner[self.name] if self.is_custom else getattr(self.owner, self.name)
        if self.rna is not None and self.rna.type == "POINTER":
            return known_by(value)
        if isinstance(value, set):
            return tuple(sorted(value))
        return value if isinstance(value, bool | int | float | str) else tuple(value)

    def datablock(self, known: str | Datablock) -> Any:
        """Return the datablock that the property pointed to, or will.

        Names are not unique: a linked datablock may have the name of a local one. The current one of that name comes
        first, then the local one.

        Raises:
            ValueError: it is gone.
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
        """Whether it has a value of its own, be it the default; properties of Blender itself always have."""
        return self.is_custom or bool(self.owner.is_property_set(self.name))

    def unset(self) -> None:
        """Give it back its default, as if nobody had ever set it."""
        self.owner.property_unset(self.name)

    def set(self, value: Any) -> None:
        """Give it a value, in the form of `get`.

        Raises:
            TypeError, ValueError, AttributeError: Blender does not take it.
        """
        if self.is_custom:
            self.owner[self.name] = value
        elif self.rna.type == "POINTER":
            setattr(self.owner, self.name, self.datablock(value))
        elif self.name == "frame_current" and isinstance(self.owner, bpy.types.Scene) and value < 0:
            # As a property it takes no frame before 0, unless the preferences allow it.
            go_to(self.owner, value + self.owner.frame_subframe)
        else:
            is_flags = self.rna.type == "ENUM" and self.rna.is_enum_flag
            setattr(self.owner, self.name, set(value) if is_flags else value)


def go_to(scene: bpy.types.Scene, frame: float) -> None:
    """Let the scene stand at any frame that Blender has, also between two, or before frame 0."""
    scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))


def find_property(scene: bpy.types.Scene, path: str) -> Property:
    """The property at a path such as `view_layers["A"].use_pass_z`; quotes may be single ones, too.

    Raises:
        PropertyNotFoundError: there is none; it says up to where the path is right, and what is close.
        OutOfReachError: settings may not set it.
    """
    tokens = _tokens(path)
    owner, root = _walk(scene, tokens[:-1], path, tuple(OUTWARDS))
    return _last(owner, tokens[-1], path, Place(_canonical(tokens), root))


def find_place(scene: bpy.types.Scene, place: Place) -> Property:
    """The property at a place, in the datablock that the path led into when the place was noted.

    Raises:
        PropertyNotFoundError: there is none, or the datablock is gone.
        OutOfReachError: settings may not set it.
    """
    way = next((out for out in OUTWARDS if place.path.startswith(f"{out}.")), None)
    if place.root is None or way is None:
        return find_property(scene, place.path)
    try:
        owner = find_datablock(getattr(bpy.data, OUTWARDS[way]), place.root)
    except ValueError as error:
        raise PropertyNotFoundError(str(error)) from error
    tokens = _tokens(place.path.removeprefix(f"{way}."))
    owner, _ = _walk(owner, tokens[:-1], place.path, ())
    return _last(owner, tokens[-1], place.path, place)


def _walk(
    owner: Any, tokens: list[re.Match[str]], path: str, outwards: tuple[str, ...]
) -> tuple[Any, Datablock | None]:
    """The struct at the end of a path, and the datablock that the path led into by one of the ways outwards."""
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


def _last(owner: Any, token: re.Match[str], path: str, place: Place) -> Property:
    name = token["name"]
    if name is not None:
        _find_rna(owner, name, path)
        _check_reach(problem_with_property(owner, name), token, path)
        return Property(owner, name, False, place)
    key = _key(token)
    if key is None or not isinstance(owner, bpy.types.bpy_struct) or key not in owner.keys():  # noqa: SIM118
        raise PropertyNotFoundError(f"{token[0]} in {path!r} is no custom property there")
    _check_reach(problem_with_custom_property(owner, key), token, path)
    return Property(owner, key, True, place)


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
    """A key as a part of a path: `["A"]`."""
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
        if not isinstance(owner, bpy.types.bpy_prop_collection):  # of a struct it would be a custom property
            raise OutOfReachError(f"{token[0]} in {path!r} leads through a custom property; {REMEDY}")
        try:
            value = owner[int(token["index"]) if key is None else key]
        except (KeyError, IndexError, TypeError) as error:
            there = [str(name) for name in owner.keys()] if hasattr(owner, "keys") else []  # noqa: SIM118
            raise PropertyNotFoundError(f"{token[0]} in {path!r} is not there{_close(key or '', there)}") from error
    if value is None:
        raise PropertyNotFoundError(f"{token[0].lstrip('.')!r} in {path!r} is not set in this scene")
    return value


def _find_rna(owner: Any, name: str, path: str) -> None:
    known: Any = owner.bl_rna.properties if isinstance(owner, bpy.types.bpy_struct) else {}
    if name not in known:
        raise PropertyNotFoundError(f"{name!r} in {path!r} is not there{_close(name, known.keys())}")


def _close(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=3)
    return f"; close to it: {', '.join(map(repr, close))}" if close else ""
