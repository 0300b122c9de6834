"""The values that each field of `RenderSettings` takes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import quoted
from .frames import MAX_FRAME, check_frames
from .names import BlenderData, name_of

Value = bool | int | float | str | tuple[bool | int | float | str, ...]
"""Values that a property of Blender's takes. A datablock is kept by its name."""

GivenValue = bool | int | float | str | BlenderData | Sequence[bool | int | float | str]
"""Values that overrides are given."""

Border = tuple[float, float, float, float]

MAX_TEXT = 4096
"""Characters of a name, a choice or a path, at most. Blender has room for 1,023 bytes of a path, and less of a name; an
output path may have variables that become shorter. Settings may come from a file, and messages repeat these texts."""

_NUMBERS: Mapping[str, tuple[int, int]] = {
    # The ranges of RenderSettings and Scene in source/blender/makesrna/intern/rna_scene.cc. Blender clamps a value
    # outside of its range without a message, so such a value is refused here.
    "frame_start": (-MAX_FRAME, MAX_FRAME),
    "frame_end": (-MAX_FRAME, MAX_FRAME),
    "frame_step": (1, MAX_FRAME),
    "resolution_x": (4, 65536),
    "resolution_y": (4, 65536),
    "resolution_percentage": (1, 32767),
    "samples": (1, 16_777_216),
    "quality": (0, 100),
    "compression": (0, 100),
}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "render_display_type": ("NONE", "AREA", "SCREEN", "WINDOW"),  # PreferencesView, in rna_userdef.cc
}

_SWITCHES = frozenset(
    {
        "film_transparent",
        "use_compositing",
        "use_crop_to_border",
        "use_denoising",
        "use_overwrite",
        "use_persistent_data",
        "use_placeholder",
        "use_sequencer",
    }
)


_KINDS: Mapping[str, tuple[str, ...]] = {"scene": ("Scene",), "camera": ("Object",), "view_layers": ("ViewLayer",)}
"""The types of the datablocks that are taken instead of a name, as Blender calls the types."""


def checked(name: str, value: Any) -> Any:
    """Return a value in the one form that settings have. Raise where no scene can have the value."""
    if name in _FORMS:
        return _FORMS[name](name, value)
    if name in _NUMBERS:
        return _number(name, value, *_NUMBERS[name])
    if name in _SWITCHES:
        return _switch(name, value)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"{name}={quoted(value)} is not one of {', '.join(_CHOICES[name])}")
    return _utf8(name, value)


def _number(name: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={quoted(value)} is not a whole number")
    if not low <= value <= high:
        raise ValueError(f"{name}={quoted(value)} is not between {low} and {high}")
    return value


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}={quoted(value)} is neither True nor False")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}={quoted(value)} is not a text; Blender's data and choices are given by name")
    if not value:
        raise ValueError(f"{name}={quoted(value)} is empty; leave it out to keep what the scene has")
    if "\0" in value:
        raise ValueError(f"{name}={quoted(value)} has a zero byte, where a text of Blender's ends: leave it out")
    if len(value) > MAX_TEXT:
        raise ValueError(f"{name}={quoted(value)} has {len(value):,} characters; at most {MAX_TEXT:,} are possible")
    return value


def _utf8(name: str, value: Any) -> str:
    """Return a text that stands in Blender's data. Blender's module ends with a `SystemError` where it is not UTF-8."""
    text = _text(name, value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}={quoted(value)} is not UTF-8, as all names in Blender are: correct it") from error
    return text


def _name(name: str, value: Any) -> str:
    return _utf8(name, name_of(name, value, _KINDS[name]))


def _marker_name(name: str, value: Any) -> str:
    """Return the name of a timeline marker, which may be empty, unlike the names of datablocks."""
    return "" if isinstance(value, str) and not value else _utf8(name, value)


def _path(name: str, value: Any) -> str | os.PathLike[str]:
    _text(name, path_text(name, value))
    path: str | os.PathLike[str] = value
    return path


def path_text(name: str, value: Any) -> str:
    """Return a path as a text. Raise `TypeError` where the value is no path, or a path of bytes."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise TypeError(f"{name}={quoted(value)} is no path; write a text, or a Path of pathlib")
    return text


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{name}={quoted(value)} is not a list of names; write [{quoted(value)}]")
    if not value:
        raise ValueError(f"{name}={quoted(value)} is empty; leave it out to keep what the scene has")
    return tuple(_name(name, item) for item in value)


def _frames(name: str, value: Any) -> str | tuple[int, ...]:
    if isinstance(value, str):
        check_frames(value)
        return value
    if isinstance(value, _Ordered):
        return value
    if not isinstance(value, Iterable):
        raise TypeError(f"{name}={quoted(value)} is neither a text such as '1-10, 20' nor a row of whole numbers")
    if isinstance(value, range):
        ordered = value if value.step > 0 else value[::-1]
        for end in (*ordered[:1], *ordered[-1:]):
            _number(name, end, -MAX_FRAME, MAX_FRAME)
        frames = _Ordered(ordered)
    else:
        frames = _Ordered(sorted({_number(name, frame, -MAX_FRAME, MAX_FRAME) for frame in value}))
    if not frames:
        raise ValueError(f"{name}={quoted(value)} names no frame; leave it out to render the scene's range")
    return frames


class _Ordered(tuple[int, ...]):
    """Frames in ascending order. `replace` does not sort them again: there may be a million frames."""

    __slots__ = ()


def _border(name: str, value: Any) -> Border:
    form = f"{name}={quoted(value)} is not (left, bottom, right, top), fractions of the picture from 0 to 1"
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
        raise TypeError(form)
    if not all(_is_number(item) for item in value):
        raise TypeError(form)
    left, bottom, right, top = map(float, value)
    if not (0 <= left < right <= 1 and 0 <= bottom < top <= 1):
        raise ValueError(form)
    return left, bottom, right, top


def _overrides(name: str, value: Any) -> dict[str, Value]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}={quoted(value)} is not a dict of property paths and their values")
    return {_utf8(name, path): _override(f"{name}[{quoted(path)}]", item) for path, item in value.items()}


def _override(name: str, value: Any) -> Value:
    value = name_of(name, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_plain(name, item) for item in value)
    return _plain(name, value)


def _plain(name: str, value: Any) -> bool | int | float | str:
    if isinstance(value, str | bool) or _is_number(value):
        plain: bool | int | float | str = value
        return plain
    raise TypeError(f"{name}={quoted(value)} is no text, no finite number, no switch, and no row of these")


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < 64  # no property of Blender's has more bits
    return isinstance(value, float) and math.isfinite(value)


_FORMS = {
    "border": _border,
    "camera": _name,
    "filepath": _path,
    "frames": _frames,
    "overrides": _overrides,
    "scene": _name,
    "segment": _marker_name,
    "view_layers": _names,
}
"""The fields that are neither a number, nor a switch, nor a text, each with its check."""
