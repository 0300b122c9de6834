"""Which Blender a command uses."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

NONE_HERE = (
    "there is no Blender on PATH, and this Python has no module bpy: name one by --blender PATH, "
    "or pip install 'async-render[bpy]'"
)


def blender_for(given: str | None) -> str | None:
    """Return the path of the Blender to start; None: the module `bpy` of this Python.

    Args:
        given: what the user has named. An empty text names none: a template of Open Job Description has one.

    Raises:
        LookupError: there is none.
    """
    if given:
        found = shutil.which(given)
        if found is None:
            what = "is a folder" if Path(given).is_dir() else "is not a program"
            raise LookupError(f"--blender {given!r} {what}; name the file that starts Blender")
        return found
    if find_spec("bpy") is not None:
        return None
    found = shutil.which("blender")
    if found is None:
        raise LookupError(NONE_HERE)
    return found
