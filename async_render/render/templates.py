"""Names in output paths: `//{scene}/{camera}_{frame:04d}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches

NAMES = ("camera", "date", "frame", "scene", "segment", "view_layer")
"""What this package puts in."""

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
"""What Blender puts in itself, from 4.5 on: https://docs.blender.org/manual/en/latest/files/file_paths.html"""

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}:]*)(?::(?P<format>[^{}]*))?\}|[{}]")


def file_name(text: str) -> str:
    """A text as a part of a file name: without folders, and without `#`, which would be a frame number."""
    return re.sub(r'[#/\\:*?"<>|{}\x00-\x1f]', "_", text).strip(". ") or "_"


def fill_in(path: str, values: Mapping[str, str | None], now: datetime) -> str:
    """Put values into a path. What comes out may be filled in again: it stays the same.

    `{frame:04d}` becomes `####`, as it is Blender that writes the files. `{{` and `}}` stand for braces and stay as
    they are, and so do Blender's own names: the path is still a template as Blender 4.5 and later take it.

    Args:
        path: the template.
        values: camera, scene, segment, view_layer; None: there is none.
        now: for `{date}`, 2026-01-31, and `{date:%H-%M}`, any format of `strftime`.

    Raises:
        ValueError: a name that is not known, one that has no value, or a lone brace.

    Example:
        >>> fill_in("//{scene}/{frame:04d}", {"scene": "Intro"}, datetime.now())
        '//Intro/####'
    """

    def piece(match: re.Match[str]) -> str:
        if match[0] in {"{{", "}}"}:
            return match[0]
        if match["name"] is None:
            raise ValueError(f"filepath={path!r} has a lone {match[0]!r}; write {match[0] * 2!r} for the character")
        return _value(path, match, values, now)

    return _PIECE.sub(piece, path)


def for_old_blender(path: str) -> str:
    """The path for Blender before 4.5, which has no templates: a brace is a brace there.

    Raises:
        ValueError: the path has a name that only a later Blender puts in.
    """

    def piece(match: re.Match[str]) -> str:
        if match["name"] is not None:
            raise ValueError(f"filepath={path!r}: {match[0]} is put in by Blender from 4.5 on; this one is older")
        return match[0][0]

    return _PIECE.sub(piece, path)


def _value(path: str, match: re.Match[str], values: Mapping[str, str | None], now: datetime) -> str:
    name, style = match["name"], match["format"]
    if name in BLENDERS_NAMES:
        return match[0]
    if name not in NAMES:
        raise ValueError(f"filepath={path!r}: {match[0]} is not known{_advice(name)}")
    if name == "frame":
        return _frame(path, match[0], style)
    if name == "date":
        return file_name(now.strftime(style or "%Y-%m-%d"))
    if style:
        raise ValueError(f"filepath={path!r}: {match[0]} takes no format; write {{{name}}}")
    value = values.get(name)
    if value is None:
        raise ValueError(f"filepath={path!r}: there is no {name} to put in{_REMEDIES.get(name, '')}")
    return file_name(value)


_REMEDIES = {"segment": "; it comes with settings by segment.settings()", "camera": "; give camera="}


def _advice(name: str) -> str:
    close = get_close_matches(name, (*NAMES, *BLENDERS_NAMES), n=1)
    meant = f", did you mean {{{close[0]}}}?" if close else ""
    known = f"{', '.join(NAMES)}, and Blender's {', '.join(BLENDERS_NAMES)}"
    return f"{meant}; known are {known}. Write {{{{ for the character {{"


def _frame(path: str, piece: str, style: str | None) -> str:
    match = re.fullmatch(r"0?(\d*)d?", style or "")
    if match is None:
        raise ValueError(f"filepath={path!r}: {piece} is no width; write {{frame:04d}} for four digits")
    return "#" * int(match[1] or 1)
