"""Names of Blender's datablocks, which know their datablock."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from .errors import quoted


class BlenderData(Protocol):
    """A datablock of Blender's, or a view layer, that is given instead of its name.

    Only its name is kept: a reference to a datablock dies with every undo and file load. The object is known by its
    members, so that settings need no `bpy`.
    """

    @property
    def name(self) -> str:
        """The name."""
        raise NotImplementedError

    @property
    def bl_rna(self) -> Any:
        """The type, as Blender describes it."""
        raise NotImplementedError


class KnownName(str):
    """The name of one of Blender's datablocks, which finds this datablock again after a rename.

    A script that renders segment after segment goes on when the user renames its scene. In another file, or in another
    process, the name alone counts.

    Attributes:
        uid: the datablock's `session_uid`.
        library: path of the .blend file that the datablock is linked from, as Blender has it; None: not linked.
    """

    __slots__ = ("library", "uid")
    uid: int
    library: str | None

    def __new__(cls, name: str, uid: int, library: str | None = None) -> KnownName:
        known = super().__new__(cls, name)
        known.uid = uid
        known.library = library
        return known

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the way in which a copy is made: as a text without ids, since another process has other ids."""
        return str, (str(self),)


def known_name(datablock: Any) -> KnownName:
    """Return the name of a datablock, which finds the datablock again."""
    library = datablock.library
    return KnownName(datablock.name, datablock.session_uid, None if library is None else library.filepath)


def is_blender_data(value: object) -> bool:
    """Return whether a value is a datablock or another struct of Blender's, also one that was removed."""
    return hasattr(type(value), "bl_rna")


def name_of(field: str, value: Any, kinds: Collection[str] = ()) -> Any:
    """Return the name of a datablock; any other value comes back as it is.

    Args:
        field: the name of the argument, for messages.
        value: a name, or a datablock.
        kinds: the datablock's type, as Blender calls it: `"Scene"`; none: any type.

    Raises:
        TypeError: the datablock has another type, or no name.
        ValueError: the datablock was removed.
    """
    if not is_blender_data(value):
        return value
    kind = type(value).bl_rna.identifier
    if kinds and kind not in kinds:
        remedy = "; give the object that has it" if "Object" in kinds else ""
        raise TypeError(f"{field}={quoted(value)} is of the type {kind}, not {' or '.join(kinds)}{remedy}")
    try:
        name = getattr(value, "name", None)
        if not isinstance(name, str):
            raise TypeError(f"{field}={quoted(value)} is of the type {kind}, which has no name")
        return known_name(value) if hasattr(value, "session_uid") else name
    except ReferenceError as error:
        raise ValueError(
            f"{field} is of the type {kind} and was removed, by the user, an undo or another file: "
            "find it again by its name"
        ) from error
