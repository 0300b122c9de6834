"""Settings as JSON and TOML."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .settings import RenderSettings


def as_dict(settings: RenderSettings) -> dict[str, Any]:
    """The fields that are not None, as texts, numbers, lists and one dict."""
    values = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    return {name: _plain(value) for name, value in values if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def to_json(settings: RenderSettings) -> str:
    """One object, with the fields that are not None."""
    return json.dumps(as_dict(settings), ensure_ascii=False, indent=2) + "\n"


def to_toml(settings: RenderSettings) -> str:
    """One line for each field that is not None, and a table `[overrides]`.

    Written by hand: Python reads TOML and does not write it, and these values are TOML as JSON writes them.
    """
    values = as_dict(settings)
    overrides = values.pop("overrides", None)
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    if overrides is not None:
        lines += ["", "[overrides]", *(f"{_toml(path)} = {_toml(value)}" for path, value in overrides.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # JSON allows the character 127 as it is, TOML does not.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_json(text: str, known: Iterable[str]) -> dict[str, Any]:
    """The fields in a JSON text.

    Raises:
        ValueError: it is not JSON, not an object, or has unknown fields.
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"the settings are not JSON: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"the settings are not a JSON object with fields, but {type(values).__name__}")
    return _checked(values, known)


def read_toml(text: str, known: Iterable[str]) -> dict[str, Any]:
    """The fields in a TOML text.

    Raises:
        ValueError: it is not TOML, or has unknown fields.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the settings are not TOML: {error}") from error
    return _checked(values, known)


def _checked(values: dict[str, Any], known: Iterable[str]) -> dict[str, Any]:
    names = list(known)
    for name, value in values.items():
        if name not in names:
            close = get_close_matches(name, names, n=1)
            meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
            raise ValueError(f"{name}={value!r} is not a field of RenderSettings; {meant}")
    return values
