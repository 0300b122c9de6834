"""Datablocks that are found again. Python's references to them become invalid with every undo and file load."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import bpy

from ..render.names import KnownName


class Datablock(NamedTuple):
    """The data by which a datablock is found again."""

    uid: int | None
    """The datablock's `session_uid`; None: only name and library are known, as after a file load, or there is no
    datablock."""
    name: str | None
    library: str | None = None
    """Absolute path of the .blend file that the datablock is linked from; None: the datablock is local."""

    def is_same(self, other: Datablock) -> bool:
        """Return whether both are one datablock, which may have been renamed meanwhile."""
        if self.uid is not None and other.uid is not None:
            return self.uid == other.uid
        return self.name == other.name and self.library == other.library


NONE = Datablock(None, None)
"""No datablock: the property is empty."""


def known_by(datablock: Any) -> Datablock:
    """Return the data by which a datablock is found again."""
    if datablock is None:
        return NONE
    return Datablock(datablock.session_uid, datablock.name, library_path(datablock))


def library_path(datablock: Any) -> str | None:
    """Return the absolute path of the file that a datablock is linked from; None: the datablock is local."""
    library = datablock.library
    return None if library is None else os.path.normpath(bpy.path.abspath(library.filepath))


def by_uid(datablocks: Any, uid: int) -> Any:
    """Return the datablock with that `session_uid`, which survives renaming and undo; None: it is gone."""
    return next((datablock for datablock in datablocks if datablock.session_uid == uid), None)


def by_name(datablocks: Any, name: str) -> Any:
    """Return the datablock of that name, or the one that had it when Blender gave the name; None: there is none."""
    known = by_known_name(datablocks, name)
    if known is not None:
        return known
    try:
        name.encode()
    except UnicodeEncodeError:  # no datablock is called so, and `get` raises a SystemError
        return None
    return datablocks.get(name)


def by_known_name(datablocks: Any, name: str) -> Any:
    """Return the datablock that had the name when Blender gave it, or of this name in its library; None: not known."""
    if not isinstance(name, KnownName):
        return None
    known = by_uid(datablocks, name.uid)
    return datablocks.get((str(name), name.library)) if known is None and name.library is not None else known


def find_datablock(collection: Any, wanted: Datablock) -> Any:
    """Find the datablock in a collection of `bpy.data`; None where `wanted` is none.

    Several linked datablocks and a local one may share a name. A library that was moved is found by its file's name.

    Raises:
        ValueError: the datablock is gone.
    """
    if wanted.name is None:
        return None
    if wanted.uid is not None:
        found = by_uid(collection, wanted.uid)
    elif wanted.library is None:
        found = collection.get((wanted.name, None))
    else:
        linked = {library_path(item): item for item in collection if item.library and item.name == wanted.name}
        found = linked.get(wanted.library)
        if found is None:
            file = os.path.basename(wanted.library)
            moved = [item for path, item in linked.items() if os.path.basename(str(path)) == file]
            found = moved[0] if len(moved) == 1 else None
    if found is None:
        raise ValueError(f"{wanted.name!r} is not in this file any more")
    return found


def names_of(datablocks: Any) -> str:
    """Return the names of datablocks for a message, which has the first of many only."""
    names = [repr(item.name) for item in datablocks]
    more = [f"and {len(names) - _MOST_NAMES:,} more"] if len(names) > _MOST_NAMES else []
    return ", ".join(names[:_MOST_NAMES] + more) or "none"


_MOST_NAMES = 30
"""Names in a message. A .blend file may have 100,000 objects."""


def collection_of(rna: Any) -> Any:
    """Return all datablocks of the type that a property points to; None: the property does not point to a datablock."""
    properties: Any = bpy.data.bl_rna.properties
    for candidate in properties:
        if candidate.type == "COLLECTION" and candidate.fixed_type == rna.fixed_type:
            return getattr(bpy.data, candidate.identifier)
    return None
