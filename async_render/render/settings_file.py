"""Settings as JSON and TOML. A settings object is a mapping of its fields here."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import near, quoted

DEEPEST_KEY = 50
"""Largest number of parts of a dotted key. Settings need one part. Python's reader takes quadratic time: hours for a
megabyte of `a.a.a…`."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""The characters by which Python represents the bytes of a path that are not UTF-8."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_DEEP_KEY = re.compile(rf"""(?<![\w-]){_PART}(?:\.[ \t]*+{_PART}){{{DEEPEST_KEY},}}""")


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def to_json(settings: Mapping[str, Any]) -> str:
    """Return settings as one JSON object. Bytes of a path that are not UTF-8 are escaped."""
    text = json.dumps(_plain(settings), ensure_ascii=False, indent=2) + "\n"
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def to_toml(settings: Mapping[str, Any]) -> str:
    """Return settings as TOML: one line for each field, and a table `[overrides]`.

    Python reads TOML and does not write it. TOML writes these values as JSON does, with one exception.

    Raises:
        ValueError: a text has bytes that are not UTF-8.
    """
    values: dict[str, Any] = _plain(settings)
    for name, value in values.items():
        if _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
            raise ValueError(
                f"{name}={quoted(value)} has bytes that are not UTF-8, which TOML cannot hold: "
                "use to_json, or rename the file"
            )
    overrides = values.pop("overrides", None)
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    if overrides is not None:
        lines += ["", "[overrides]", *(f"{_toml(path)} = {_toml(value)}" for path, value in overrides.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # The exception: JSON allows the character 127 as it is, TOML does not.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_json(text: str, known: Iterable[str]) -> dict[str, Any]:
    """Return the fields in a JSON text.

    Raises:
        ValueError: the text is not JSON, not an object, or has unknown fields.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the settings are not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError(f"the settings are not JSON {_TOO_DEEP}") from error
    if not isinstance(values, dict):
        raise ValueError(f"the settings are not a JSON object with fields, but {type(values).__name__}")
    return _checked(values, known)


def read_toml(text: str, known: Iterable[str]) -> dict[str, Any]:
    """Return the fields in a TOML text.

    Raises:
        ValueError: the text is not TOML, or has unknown fields.
    """
    if found := _DEEP_KEY.search(text):
        raise ValueError(
            f"the settings have a key of more than {DEEPEST_KEY} parts, {quoted(found[0][:40])}…; "
            'a property\'s path is one text: "cycles.max_bounces" = 4'
        )
    try:
        values = tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"the settings are not TOML: {error}") from error
    except RecursionError as error:
        raise ValueError(f"the settings are not TOML {_TOO_DEEP}") from error
    return _checked(values, known)


_TOO_DEEP = "as it is written: its lists and tables are nested too deeply; settings have one level, and overrides two"


def _checked(values: dict[str, Any], known: Iterable[str]) -> dict[str, Any]:
    names = list(known)
    for name, value in values.items():
        if name not in names:
            shown = name if name.isidentifier() and len(name) < 100 else quoted(name)
            raise ValueError(f"{shown}={quoted(value)} is not a field of RenderSettings; {near(name, names)}")
    return values
