"""The settings of a call: `RenderSettings`, fields as keywords, or both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .errors import quoted
from .setting_fields import FRAME_FIELDS
from .settings import RenderSettings


def settings_with(
    settings: RenderSettings | None, fields: Mapping[str, Any], *, of_still: bool = False
) -> RenderSettings:
    """Return the settings of a call: the settings that were given, with the fields that were given as keywords.

    Args:
        settings: the settings; None: none.
        fields: the keywords.
        of_still: whether the call renders one frame.

    Raises:
        TypeError: `settings` are something else, or there is no such field.
        ValueError: no scene can have a value, or a still is given a range of frames.
    """
    if settings is not None and not isinstance(settings, RenderSettings):
        raise TypeError(f"settings={quoted(settings)} is of the type {type(settings).__name__}; {_remedy(settings)}")
    if of_still and (frames := next((name for name in FRAME_FIELDS if fields.get(name) is not None), None)):
        raise ValueError(f"{frames}={quoted(fields[frames])}: a still has one frame; write frame=12")
    if settings is None:
        return RenderSettings(**fields)
    return settings.replace(**fields) if fields else settings


def _remedy(settings: object) -> str:
    if isinstance(settings, str | os.PathLike):
        return f"write filepath={quoted(os.fspath(settings))}"
    if isinstance(settings, Mapping):
        return "write two stars before a dict of fields: **fields"
    if hasattr(settings, "settings"):
        return "write segment.settings()"
    return "write the fields as keywords, as camera=…, or give RenderSettings(…)"
