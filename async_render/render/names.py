"""Names that know what they name."""

from __future__ import annotations

from typing import Any


class KnownName(str):
    """The name of one of Blender's datablocks, and which one that is.

    It is a text as any other. Where a scene or a camera is looked for, it is found though it has another name by now:
    a script that renders segment after segment goes on when the user renames its scene. In another file or another
    process the name counts alone.

    Attributes:
        uid: the datablock's `session_uid`.
    """

    __slots__ = ("uid",)
    uid: int

    def __new__(cls, name: str, uid: int) -> KnownName:
        known = super().__new__(cls, name)
        known.uid = uid
        return known

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process has other ids."""
        return str, (str(self),)
