"""Whose a line is: the user's, or that of Python, of this package, or of Blender's call of an operator."""

import asyncio
import contextlib
import os
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_EXAMPLES = str(Path(_PACKAGE, "examples")) + os.sep
"""In the wheel the examples stand inside the package. Who runs one is its user."""

_BETWEEN = (str(Path(asyncio.__file__).parent) + os.sep, contextlib.__file__)
"""Modules of Python through which this package calls a script, and itself."""

_STDLIB = str(Path(asyncio.__file__).parents[1]) + os.sep

_GENERATED = ("<string>", "<frozen")
"""The beginnings of the file names of code without a file, as the methods of dataclasses."""

_OPERATOR_CALL = str(Path("scripts", "modules", "bpy", "ops.py"))
"""The file in which `bpy.ops.x()` is written in Python, before Blender 5.1."""


def is_ours(file: str) -> bool:
    """Return whether a file is one of this package."""
    return file.startswith(_PACKAGE) and not file.startswith(_EXAMPLES)


def is_machinery(file: str) -> bool:
    """Return whether a file only brings a call from the user's line to the next: ours, asyncio's, an operator's."""
    return is_ours(file) or file.startswith((*_BETWEEN, *_GENERATED)) or file.endswith(_OPERATOR_CALL)


def is_users(file: str) -> bool:
    """Return whether a file is the user's own: a text, a script, an add-on."""
    return bool(file) and not is_machinery(file) and not file.startswith(_STDLIB)
