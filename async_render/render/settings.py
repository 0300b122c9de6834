"""What shall be rendered."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from . import settings_file
from .errors import quoted
from .frames import MAX_FRAME, check_frames

Value = bool | int | float | str | tuple[bool | int | float | str, ...]
"""What a property of Blender's may be set to; a datablock is given by its name."""

Border = tuple[float, float, float, float]

_NUMBERS: Mapping[str, tuple[int, int]] = {
    # The ranges of RenderSettings and Scene in source/blender/makesrna/intern/rna_scene.cc. A value outside is
    # clamped by Blender without a word, so that it has to be refused here.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """What one render shall have otherwise than the scene; a field that is None stays as the scene has it.

    The scene is changed only while the render runs, and has its own values back afterwards, however it ends; what the
    user changes meanwhile stays as he chose it. Fields have the names of Blender's properties where there is one; what
    an enumeration takes is up to the Blender in use.

    Args:
        scene: name of the scene; None: the scene of the window.
        view_layers: names of the view layers to render; the others are off.
        camera: name of the camera object. It wins over cameras that are bound to timeline markers.
        frame_start: first frame.
        frame_end: last frame, it is rendered too.
        frame_step: render each n-th frame of the range.
        frames: a frame list instead of range and step: `"1-10, 20, 31-"`, `"1,3,5..9"`, `"1-100x10"` (see
            `parse_frames`; open ends are those of the range), or frames as whole numbers, in any order.
        filepath: as *Output Path* in Blender: `//` is the folder of the .blend file (the working directory, for a
            file that was never saved), a row of `#` the frame number, and the extension comes by itself. Names in
            braces are put in: `{scene}`, `{camera}`, `{view_layer}`, `{segment}`, `{frame:04d}`, `{date}`,
            `{date:%H-%M}`; so are Blender's own, by Blender 4.5 and later. `{{` is the character.
        resolution_x: width in pixels, before the percentage.
        resolution_y: height in pixels, before the percentage.
        resolution_percentage: of the resolution, 100 is all of it.
        border: the part of the picture to render: left, bottom, right, top, as fractions of it from 0 to 1.
        use_crop_to_border: whether the picture is as large as the border.
        engine: `"CYCLES"`, `"BLENDER_EEVEE"` (in every Blender, whatever its EEVEE is called), `"BLENDER_WORKBENCH"`,
            or the identifier of an engine that an add-on brings.
        samples: samples a pixel, of the engine in use.
        use_denoising: whether Cycles denoises the picture.
        film_transparent: whether the world is transparent.
        use_persistent_data: whether data stays in memory between frames.
        use_compositing: whether the compositor is used.
        use_sequencer: whether the sequencer is used.
        use_overwrite: whether files that exist are rendered again; those of a frame of which a view is missing are.
        use_placeholder: whether an empty file marks a frame that is being rendered.
        render_display_type: where the picture is shown: `"NONE"`, `"AREA"`, `"SCREEN"`, `"WINDOW"`.
        file_format: as in `ImageFormatSettings.file_format`: `"PNG"`, `"JPEG"`, `"OPEN_EXR"`, `"FFMPEG"` …
        color_mode: `"BW"`, `"RGB"`, `"RGBA"`, as the format has them.
        color_depth: bits of a channel, as the format has them: `"8"`, `"10"`, `"12"`, `"16"`, `"32"`.
        exr_codec: `"ZIP"`, `"DWAA"` …
        quality: of JPEG, WebP and others, 0 to 100.
        compression: of PNG, 0 to 100.
        container: of a movie, `FFmpegSettings.format`: `"MPEG4"`, `"MKV"`, `"WEBM"` …
        video_codec: of a movie, `FFmpegSettings.codec`: `"H264"`, `"AV1"` …
        audio_codec: of a movie, `FFmpegSettings.audio_codec`: `"AAC"`, `"NONE"` …
        segment: the name that `{segment}` puts into the path; `Segment.settings()` gives it.
        overrides: any other setting of a render by its path from the scene, as Blender's *Copy Data Path* writes it:
            `{"cycles.max_bounces": 4, "view_layers['ViewLayer'].use_pass_z": True}`. A datablock is given by its name.
            Settings come from files, too, so they reach no further than the scene's own render settings, its view
            layers, its world and its camera (`world.color`, `camera.data.lens`), its custom properties, and the
            settings of add-ons that bring a render engine. Anything else is an error: set it in the script.

    Raises:
        ValueError: a value that no scene can have, or `frame_end` before `frame_start`.
        TypeError: a value of the wrong type.

    Example:
        >>> draft = RenderSettings(filepath="//draft/{frame:04d}", resolution_percentage=25, samples=16)
        >>> await ar.render_animation(draft.replace(camera="Camera.Top"))
    """

    scene: str | None = None
    view_layers: Sequence[str] | None = None
    camera: str | None = None
    frame_start: int | None = None
    frame_end: int | None = None
    frame_step: int | None = None
    frames: str | Iterable[int] | None = None
    filepath: str | os.PathLike[str] | None = None
    resolution_x: int | None = None
    resolution_y: int | None = None
    resolution_percentage: int | None = None
    border: Border | None = None
    use_crop_to_border: bool | None = None
    engine: str | None = None
    samples: int | None = None
    use_denoising: bool | None = None
    film_transparent: bool | None = None
    use_persistent_data: bool | None = None
    use_compositing: bool | None = None
    use_sequencer: bool | None = None
    use_overwrite: bool | None = None
    use_placeholder: bool | None = None
    render_display_type: str | None = None
    file_format: str | None = None
    color_mode: str | None = None
    color_depth: str | None = None
    exr_codec: str | None = None
    quality: int | None = None
    compression: int | None = None
    container: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    segment: str | None = None
    overrides: Mapping[str, Value] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None:
                object.__setattr__(self, item.name, _checked(item.name, value))
        check_range(self.frame_start, self.frame_end)
        if self.frames is not None and self.frame_step is not None:
            raise ValueError(
                f"frame_step={self.frame_step} beside frames={quoted(self.frames)}; "
                "write a step into the list: '1-10x2'"
            )

    @classmethod
    def from_scene(cls, scene: str | None = None) -> RenderSettings:
        """All that a scene has, as settings: another scene or another Blender renders the same way with them.

        Args:
            scene: its name; None: the window's scene.

        Raises:
            RenderError: there is no such scene.
            ImportError: there is no Blender here.

        Example:
            >>> settings = RenderSettings.from_scene("Film").replace(scene="Draft", samples=16)
        """
        return _read_scene(scene)

    @classmethod
    def from_json(cls, text: str) -> RenderSettings:
        """Settings from what `to_json` wrote.

        Raises:
            ValueError: no JSON, an unknown field, or a value that no scene can have.
            TypeError: a value of the wrong type.

        Example:
            >>> RenderSettings.from_json('{"samples": 16}')
        """
        return cls(**settings_file.read_json(text, cls.__dataclass_fields__))

    @classmethod
    def from_toml(cls, text: str) -> RenderSettings:
        """Settings from a TOML text, as `to_toml` writes it.

        Raises:
            ValueError: no TOML, an unknown field, or a value that no scene can have.
            TypeError: a value of the wrong type.

        Example:
            >>> RenderSettings.from_toml(Path("draft.toml").read_text())
        """
        return cls(**settings_file.read_toml(text, cls.__dataclass_fields__))

    def to_json(self) -> str:
        """These settings as a JSON object, without the fields that are None."""
        return settings_file.to_json(self._given())

    def to_toml(self) -> str:
        """These settings as TOML, without the fields that are None."""
        return settings_file.to_toml(self._given())

    def _given(self) -> dict[str, Any]:
        """Return the fields that are not None, in order."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def replace(self, **changes: Any) -> RenderSettings:
        """These settings with some fields changed; the original stays as it is. New `frames` come without the old step.

        Example:
            >>> settings.replace(frame_start=1, frame_end=24)
        """
        if changes.get("frames") is not None:
            changes = {"frame_step": None, **changes}
        return replace(self, **changes)


def set_scene_reader(reader: Callable[[str | None], RenderSettings]) -> None:
    """Set the function that `RenderSettings.from_scene` calls: this wing does not import Blender's."""
    global _read_scene
    _read_scene = reader


_read_scene: Callable[[str | None], RenderSettings]


def check_range(start: int | None, end: int | None) -> None:
    """Raise ValueError when both ends are known and the range is empty."""
    if start is not None and end is not None and end < start:
        raise ValueError(f"frame_end={end} is before frame_start={start}")


def _checked(name: str, value: Any) -> Any:
    """The value, in the one form in which settings keep it."""
    if name in _FORMS:
        return _FORMS[name](name, value)
    if name in _NUMBERS:
        return _number(name, value, *_NUMBERS[name])
    if name in _SWITCHES:
        return _switch(name, value)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"{name}={quoted(value)} is not one of {', '.join(_CHOICES[name])}")
    return _text(name, value)


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
    return value


def _path(name: str, value: Any) -> str | os.PathLike[str]:
    _text(name, os.fspath(value) if isinstance(value, os.PathLike) else value)
    path: str | os.PathLike[str] = value
    return path


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{name}={quoted(value)} is not a list of names; write [{quoted(value)}]")
    if not value:
        raise ValueError(f"{name}={quoted(value)} is empty; leave it out to keep what the scene has")
    return tuple(_text(name, item) for item in value)


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
    """Frames in order, which are not put in order again by each `replace`: there may be a million."""

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
    return {_text(name, path): _override(f"{name}[{quoted(path)}]", item) for path, item in value.items()}


def _override(name: str, value: Any) -> Value:
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
        return not isinstance(value, bool) and value.bit_length() < 64  # no property of Blender's has more
    return isinstance(value, float) and math.isfinite(value)


_FORMS = {
    "border": _border,
    "filepath": _path,
    "frames": _frames,
    "overrides": _overrides,
    "view_layers": _names,
}
"""The fields that are neither a number, nor a switch, nor a text."""
