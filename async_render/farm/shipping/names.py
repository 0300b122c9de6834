"""Names of files inside a job's folder, as they travel between machines: none leaves the folder on any system."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

from ...render.errors import RenderError, printable, quoted

LONGEST_NAME = 700
"""Bytes of a name. Blender's paths have 1,023, and the job's folder stands before it."""

LONGEST_PART = 255
"""Bytes of a folder's or a file's own name, as most disks take them."""

MOST_FILES = 200_000
"""Number of the files of a job. Simulations and image sequences have some ten thousand."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")
_FORBIDDEN_ON_WINDOWS = re.compile(
    r'[:*?"<>|]|[. ](/|$)|(^|/)(con|prn|aux|nul|com[0-9]|lpt[0-9])([. ]|/|$)', re.IGNORECASE
)


def check_name(name: object) -> str:
    """Return a name that was received, as `tex/bark.png`, if it is relative and stays below the job's folder.

    Raises:
        RenderError: the name is none, is too long, is absolute, or has `..`, a drive, a backslash or a control
            character. Or Windows would take it for another one.
    """
    problem = _problem(name)
    if problem is not None or not isinstance(name, str):
        raise RenderError(f"name={printable(quoted(name))}: {problem}; rename the file, and send the job again")
    return name


def _problem(name: object) -> str | None:
    if not isinstance(name, str) or not name:
        return "a file's name must be a text"
    if len(name) > LONGEST_NAME:  # before anything that takes time
        return f"it has more than {LONGEST_NAME} bytes"
    try:
        size, parts = len(name.encode()), name.split("/")
        longest = max(len(part.encode()) for part in parts)
    except UnicodeEncodeError:
        return "it is not UTF-8"
    if size > LONGEST_NAME or longest > LONGEST_PART:
        return f"it has more than {LONGEST_NAME} bytes, or a part of it more than {LONGEST_PART}"
    if not {"", ".", ".."}.isdisjoint(parts):
        return "it is not a path below the job's folder"
    if _FORBIDDEN.search(name):
        return "it has a drive, a backslash or a control character"
    if sys.platform == "win32" and _FORBIDDEN_ON_WINDOWS.search(name):
        return "Windows takes no such name"
    return None


def check_names(names: Iterable[object]) -> list[str]:
    """Return the names of one job if each passes `check_name`, and no two are one file on any disk.

    Disks of Windows and macOS do not distinguish `Bark.png` and `bark.png`, nor two spellings of `ü`.

    Raises:
        RenderError: as `check_name`; or there are too many, two of them collide, or one is a folder of another.
    """
    checked: list[str] = []
    known: dict[str, str] = {}
    for name in names:
        if len(checked) >= MOST_FILES:
            raise RenderError(f"the job has more than {MOST_FILES:,} files; pack them, or share the folder")
        checked.append(check_name(name))
        same = known.setdefault(_folded(checked[-1]), checked[-1])
        if len(known) < len(checked):
            raise RenderError(f"names {same!r} and {checked[-1]!r} are the same file on some disks; rename one")
    folders = {folder for name in known for folder in _folders(name)}
    for name in folders & known.keys():
        raise RenderError(f"name={known[name]!r}: it is a file and a folder; rename one")
    return checked


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _folders(name: str) -> Iterable[str]:
    return (name[: match.start()] for match in re.finditer("/", name))
