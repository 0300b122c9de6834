"""The calls of a pool as `Work`: their arguments checked, and as JSON carries them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..render.call_settings import settings_with
from ..render.errors import quoted
from ..render.setting_fields import SettingsFields, StillFields
from ..render.settings import RenderSettings
from ..work.backend import Work
from ..work.session import current_session

_CALLED = {"bake": "Bake", "mixdown": "Mixdown", "encode": "Encode"}
"""The names of activities that have no scene of their own."""


def animation_work(settings: RenderSettings | None, fields: SettingsFields, resume: bool) -> Work:
    """Return an animation. Unknown fields and wrong values raise here, before any worker is asked."""
    return Work("animation", settings_with(settings, fields), {"resume": resume})


def still_work(
    settings: RenderSettings | None, fields: StillFields, frame: float | None, write: bool, pixels: bool
) -> Work:
    """Return a still. Wrong arguments raise here."""
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int | float)):
        raise TypeError(f"frame={quoted(frame)} is not a number; write frame=12")
    options = {"frame": frame, "write": write, "pixels": pixels}
    return Work("still", settings_with(settings, fields, of_still=True), options)


def plain_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties of an operator as JSON carries them: a set is a list, a datablock its name.

    Raises:
        TypeError: a value can be neither.
    """
    return {name: _plain_value(name, value) for name, value in properties.items()}


def _plain_value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [_plain_value(name, item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(getattr(value, "name", None), str):
        return value.name
    raise TypeError(f"{name}={quoted(value)} cannot be sent to a worker; give a text, a number or a list of these")


def name_of(work: Work, file: Path | None) -> str:
    """Return the name of an activity: the named scene, or else the file, or the active scene of the session."""
    if work.kind in _CALLED:
        return _CALLED[work.kind]
    if work.settings is not None and work.settings.scene:
        return str(work.settings.scene)
    if file is not None:
        return file.stem
    is_main = threading.current_thread() is threading.main_thread()
    session = current_session() if is_main else None
    return "Pool" if session is None else session.scene_name()
