"""Variables in output paths: `//{scene}/{camera}_{frame:04d}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from unicodedata import normalize

from .errors import quoted

NAMES = ("camera", "date", "frame", "scene", "segment", "view_layer")
"""The variables that this package replaces."""

BLENDERS_NAMES = (
    "blend_dir",
    "blend_dir_lib",
    "blend_name",
    "blend_name_lib",
    "camera_name",
    "fps",
    "resolution_x",
    "resolution_y",
    "scene_name",
)
"""The variables that Blender replaces, from 4.5 on: https://docs.blender.org/manual/en/latest/files/file_paths.html"""

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}:]*)(?::(?P<format>[^{}]*))?\}|[{}]")


WIDEST = 32
"""Largest number of digits of a frame number. Blender's last frame has seven digits, and most disks take names of 255
bytes."""

LONGEST_DATE = 100
"""Largest number of characters of a date's format. `strftime` may return a text that is 256 times as long."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
"""Names that Windows takes for devices, with any suffix: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""


def file_name(text: str) -> str:
    """Return a text as a part of a file name that every system takes.

    The name has no folder, no frame number (`#`), and no character that a terminal obeys. No device of Windows has the
    name.
    """
    name = re.sub(r'[#/\\:*?"<>|{}\x00-\x1f\x7f-\x9f]', "_", text).strip(". ") or "_"
    return _DEVICES.sub(r"\1_", name, count=1) if _DEVICES.match(name) else name


def literal(text: str) -> str:
    """Return a text as a part of an output path in which its braces are plain characters, and begin no variable.

    Example:
        >>> literal("shots {old}")
        'shots {{old}}'
    """
    return text.replace("{", "{{").replace("}", "}}")


def twins(names: Iterable[str]) -> dict[str, str]:
    """Return the names that share a file name with another name on some system, each with that name.

    macOS and Windows ignore case, and macOS ignores how a letter with an accent is composed. The files of one name
    would replace the files of the other there, without an error.

    Example:
        >>> twins(["Intro", "intro", "Chase", "Chase"])
        {'intro': 'Intro', 'Intro': 'intro'}
    """
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        other = first.setdefault(on_any_disk(name), name)
        if other != name:
            found[name] = other
            found.setdefault(other, name)
    return found


def twin_message(field: str, name: str, twin: str) -> str:
    """Return the message for two names that are `twins`."""
    names = f"{field}={quoted(name)} and {quoted(twin)}"
    return f"{names} would share their files, here or on macOS and Windows: rename one of them"


def names_in(path: str) -> set[str]:
    """Return the names in braces in a path."""
    return {match["name"] for match in _PIECE.finditer(path) if match["name"] is not None}


def on_any_disk(name: str) -> str:
    """Return a text that two names share when some system takes them for one file."""
    return normalize("NFD", normalize("NFD", file_name(name)).casefold())


def fill_in(path: str, values: Mapping[str, str | None], now: datetime) -> str:
    """Replace our variables in a path. A second call changes nothing.

    `{frame:04d}` becomes `####`, since Blender writes the files. `{{` and `}}` stand for braces and stay, and so do
    Blender's own variables. The result is still a template, as Blender 4.5 and later take it.

    Args:
        path: the template.
        values: camera, scene, segment and view_layer; None: there is none.
        now: the time for `{date}`, as in 2026-01-31, and for `{date:%H-%M}`, any format of `strftime`.

    Returns:
        The path.

    Raises:
        ValueError: a variable is not known or has no value, or the path has a lone brace.

    Example:
        >>> fill_in("//{scene}/{frame:04d}", {"scene": "Intro"}, datetime.now())
        '//Intro/####'
    """

    def piece(match: re.Match[str]) -> str:
        if match[0] in {"{{", "}}"}:
            return match[0]
        if match["name"] is None:
            raise ValueError(
                f"filepath={quoted(path)} has a lone {match[0]!r}; write {match[0] * 2!r} for the character"
            )
        return _value(path, match, values, now)

    return _PIECE.sub(piece, path)


def for_old_blender(path: str) -> str:
    """Return the path for a Blender before 4.5, which has no templates: a brace is a plain character there.

    Raises:
        ValueError: the path has a variable that only a later Blender replaces.
    """

    def piece(match: re.Match[str]) -> str:
        if match["name"] is not None:
            raise ValueError(
                f"filepath={quoted(path)}: {_shown(match)} is a variable of Blender 4.5 and later, and this Blender "
                "is older; leave it out"
            )
        return match[0][0]

    return _PIECE.sub(piece, path)


def _value(path: str, match: re.Match[str], values: Mapping[str, str | None], now: datetime) -> str:
    name, style = match["name"], match["format"]
    if name in BLENDERS_NAMES:
        return match[0]
    if name not in NAMES:
        raise ValueError(f"filepath={quoted(path)}: {_shown(match)} is not known{_advice(name)}")
    if name == "frame":
        return _frame(path, match)
    if name == "date":
        return _date(path, match, now)
    if style:
        raise ValueError(f"filepath={quoted(path)}: {_shown(match)} takes no format; write {{{name}}}")
    value = values.get(name)
    if value is None:
        raise ValueError(f"filepath={quoted(path)}: the variable {{{name}}} has no value here{_REMEDIES.get(name, '')}")
    return file_name(value)


_REMEDIES = {"segment": "; use segment.settings()", "camera": "; give camera="}


def _advice(name: str) -> str:
    close = get_close_matches(name, (*NAMES, *BLENDERS_NAMES), n=1)
    meant = f"; near to it: {{{close[0]}}}" if close else ""
    known = f"{', '.join(NAMES)}, and Blender's {', '.join(BLENDERS_NAMES)}"
    return f"{meant}; known are {known}. Write {{{{ for the character {{"


def _frame(path: str, match: re.Match[str]) -> str:
    width = re.fullmatch(r"0?([0-9]*)d?", match["format"] or "")
    if width is None:
        raise ValueError(f"filepath={quoted(path)}: {_shown(match)} is no width; write {{frame:04d}} for four digits")
    digits = width[1].lstrip("0") or "1"
    if len(digits) > 3 or int(digits) > WIDEST:
        raise ValueError(
            f"filepath={quoted(path)}: {_shown(match)} is wider than {WIDEST} digits; write {{frame:04d}} for four"
        )
    return "#" * int(digits)


def _date(path: str, match: re.Match[str], now: datetime) -> str:
    style = match["format"] or "%Y-%m-%d"
    if len(style) > LONGEST_DATE or _WIDE.search(style):
        raise _bad_date(path, match, f"has more than {LONGEST_DATE} characters, or a width of more than 99")
    try:
        return file_name(now.strftime(style))
    except ValueError as error:
        raise _bad_date(path, match, f"is not possible on this system ({error})") from error


_WIDE = re.compile(r"%[^%A-Za-z]*[0-9]{3}")


def _bad_date(path: str, match: re.Match[str], problem: str) -> ValueError:
    return ValueError(f"filepath={quoted(path)}: the format of {_shown(match)} {problem}; write {{date:%H-%M}}")


def _shown(match: re.Match[str]) -> str:
    """Return a part of the path as messages show it."""
    return match[0] if match[0].isprintable() and len(match[0]) <= LONGEST_DATE else quoted(match[0])
