"""The settings of a render."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from inspect import Parameter, Signature
from typing import Any, Unpack

from . import settings_file
from .errors import near, quoted, short_repr
from .names import BlenderData
from .setting_fields import SettingsFields
from .setting_values import Border, Value, checked


@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False)
class RenderSettings:
    """The settings of one render that differ from the scene's own. A field that is None stays as the scene has it.

    The scene has these settings while the render runs. Afterwards its own settings are restored, however the render
    ends. A setting that the user changes meanwhile stays as the user chose. The exception is a user who chooses the
    render's own value: this looks like no change. A field has the name of Blender's property, where there is one. The
    Blender in use decides which values an enumeration has.

    Args:
        scene: name of the scene, or the scene; None: the window's scene. Of a datablock the name (and library) is kept.
        view_layers: the view layers that are rendered, or their names; the others are off.
        camera: name of the camera object, or the object. The camera replaces those of timeline markers.
        frame_start: the first frame. The scene has this range while it renders, so drivers read it, as after Blender's
            options `-s` and `-e`. With `frames` pictures are rendered in the scene's own range.
        frame_end: the last frame, which is rendered, too.
        frame_step: 2 renders every second frame, 3 every third.
        frames: a text of frames instead of range and step: `"1-10, 20, 31-"`, `"1-100x10"`, `"1-100, ^40-60"`
            (docs/frames.md has the grammar; an open end is that of the range). Or whole numbers, in any order.
        filepath: the output path, as Blender's *Output Path*. `//` is the folder of the .blend file; before the file is
            saved, the working directory. A row of `#` is the frame number, and Blender adds the extension. These
            variables are replaced: `{scene}`, `{camera}`, `{view_layer}`, `{segment}`, `{frame:04d}`, `{date}`,
            `{date:%H-%M}`. Blender 4.5 and later replace variables of their own, too. `{{` is a brace.
        resolution_x: width in pixels, before the percentage.
        resolution_y: height in pixels, before the percentage.
        resolution_percentage: percent of the resolution; 100 is the full resolution.
        border: the part of the picture that is rendered: left, bottom, right, top, each a fraction from 0 to 1.
        use_crop_to_border: whether the picture is cropped to the border.
        engine: `"CYCLES"`, `"BLENDER_EEVEE"` (in every Blender, whatever its EEVEE is called), `"BLENDER_WORKBENCH"`,
            or the identifier of an add-on's engine.
        samples: samples for each pixel, of the engine in use.
        use_denoising: whether Cycles denoises the picture.
        film_transparent: whether the world is transparent.
        use_persistent_data: whether render data stays in memory between frames.
        use_compositing: whether the compositor runs.
        use_sequencer: whether the sequencer's strips are rendered.
        use_overwrite: whether frames with files are rendered again. A frame that lacks the file of a view is rendered
            in either case.
        use_placeholder: whether an empty file marks each frame that is being rendered.
        render_display_type: where Blender shows the picture: `"NONE"`, `"AREA"`, `"SCREEN"`, `"WINDOW"`.
        file_format: as `ImageFormatSettings.file_format`: `"PNG"`, `"JPEG"`, `"OPEN_EXR"`, `"FFMPEG"` …
        color_mode: `"BW"`, `"RGB"`, `"RGBA"`, as the format has them.
        color_depth: bits of a channel, as the format has them: `"8"`, `"10"`, `"12"`, `"16"`, `"32"`.
        exr_codec: `"ZIP"`, `"DWAA"` …
        quality: quality of JPEG, WebP and others, 0 to 100.
        compression: compression of PNG, 0 to 100.
        container: container of a movie, as `FFmpegSettings.format`: `"MPEG4"`, `"MKV"`, `"WEBM"` …
        video_codec: video codec of a movie, as `FFmpegSettings.codec`: `"H264"`, `"AV1"` …
        audio_codec: audio codec of a movie, as `FFmpegSettings.audio_codec`: `"AAC"`, `"NONE"` …
        segment: the name for `{segment}` in the path; `Segment.settings()` sets it.
        overrides: other settings of a render, by their paths from the scene, as Blender's *Copy Data Path* writes them:
            `{"cycles.max_bounces": 4, "view_layers['ViewLayer'].use_pass_z": True}`. A datablock is kept by its name.
            Settings may come from files of other people, so a path reaches only a part of the scene: its own render
            settings and custom properties, view layers, world (`world.color`) and camera (`camera.data.lens`). Settings
            of add-ons that bring an engine belong to this part. Any other path is an error: set the property in the
            script.

    Raises:
        ValueError: no scene can have the value, or `frame_end` is before `frame_start`.
        TypeError: a value has the wrong type, or there is no such field.

    Example:
        >>> draft = ar.RenderSettings(filepath="//draft/{frame:04d}", resolution_percentage=25, samples=16)
        >>> await ar.render_animation(draft.replace(camera="Camera.Top"))
    """

    scene: str | None = None
    view_layers: tuple[str, ...] | None = None
    camera: str | None = None
    frame_start: int | None = None
    frame_end: int | None = None
    frame_step: int | None = None
    frames: str | tuple[int, ...] | None = None
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

    def __init__(self, **values: Unpack[SettingsFields]) -> None:
        check_fields(values)
        given: Mapping[str, Any] = values
        for item in fields(self):
            value = given.get(item.name)
            object.__setattr__(self, item.name, None if value is None else checked(item.name, value))
        check_range(self.frame_start, self.frame_end)
        if self.frames is not None and self.frame_step is not None:
            raise ValueError(
                f"frame_step={self.frame_step} beside frames={quoted(self.frames)}; "
                "write a step into the list: '1-10x2'"
            )

    def __repr__(self) -> str:
        """Return the fields that are not None. A long value is shortened."""
        return short_repr(self)

    @classmethod
    def from_scene(cls, scene: str | BlenderData | None = None) -> RenderSettings:
        """Return all settings of a scene. With them another scene, or another Blender, renders in the same way.

        Args:
            scene: the scene, or its name; None: the window's scene.

        Returns:
            The scene's own settings, also while a render has changed them.

        Raises:
            RenderError: there is no such scene.
            ImportError: this Python has no Blender.

        Example:
            >>> settings = ar.RenderSettings.from_scene("Film").replace(scene="Draft", samples=16)
        """
        return _read_scene(None if scene is None else checked("scene", scene))

    @classmethod
    def from_json(cls, text: str) -> RenderSettings:
        """Return the settings in a text that `to_json` wrote.

        Args:
            text: the JSON text.

        Returns:
            The settings. Fields that the text does not have are None.

        Raises:
            ValueError: the text is not JSON, a field is not known, or no scene can have a value.
            TypeError: a value has the wrong type.

        Example:
            >>> ar.RenderSettings.from_json('{"samples": 16}')
            RenderSettings(samples=16)
        """
        return cls(**settings_file.read_json(text, cls.__dataclass_fields__))

    @classmethod
    def from_toml(cls, text: str) -> RenderSettings:
        """Return the settings in a TOML text, as `to_toml` writes it.

        Args:
            text: the TOML text.

        Returns:
            The settings. Fields that the text does not have are None.

        Raises:
            ValueError: the text is not TOML, a field is not known, or no scene can have a value.
            TypeError: a value has the wrong type.

        Example:
            >>> ar.RenderSettings.from_toml("samples = 16")
            RenderSettings(samples=16)
        """
        return cls(**settings_file.read_toml(text, cls.__dataclass_fields__))

    def to_json(self) -> str:
        """Return these settings as a JSON object, without the fields that are None.

        Example:
            >>> Path("draft.json").write_text(ar.RenderSettings(samples=16).to_json())
        """
        return settings_file.to_json(self._given())

    def to_toml(self) -> str:
        """Return these settings as TOML, without the fields that are None.

        Raises:
            ValueError: a text has bytes that are not UTF-8.

        Example:
            >>> Path("draft.toml").write_text(ar.RenderSettings(samples=16).to_toml())
        """
        return settings_file.to_toml(self._given())

    def _given(self) -> dict[str, Any]:
        """Return the fields that are not None, in order."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def replace(self, **changes: Unpack[SettingsFields]) -> RenderSettings:
        """Return these settings with some fields changed; these settings stay as they are.

        Args:
            **changes: fields of `RenderSettings`. New `frames` remove the old `frame_step`.

        Returns:
            The new settings.

        Raises:
            ValueError: no scene can have a value.
            TypeError: a value has the wrong type, or there is no such field.

        Example:
            >>> ar.RenderSettings(samples=16).replace(frame_start=1, frame_end=24)
            RenderSettings(frame_start=1, frame_end=24, samples=16)
        """
        check_fields(changes)
        values = {**self._given(), **changes}
        if changes.get("frames") is not None and "frame_step" not in changes:
            values["frame_step"] = None
        return RenderSettings(**values)


FIELDS = tuple(item.name for item in fields(RenderSettings))
"""The names of all fields, in order."""

setattr(  # noqa: B010 - type checkers have `SettingsFields`; this is for help() and Blender's console
    RenderSettings,
    "__signature__",
    Signature([Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in FIELDS]),
)


def check_fields(given: Mapping[str, Any]) -> None:
    """Raise TypeError for a keyword that is no field, with the fields that are near to it."""
    for name in given:
        if name not in RenderSettings.__dataclass_fields__:
            raise TypeError(f"no field {name!r} in RenderSettings; {near(name, FIELDS)}")


def set_scene_reader(reader: Callable[[str | None], RenderSettings]) -> None:
    """Set the function that `RenderSettings.from_scene` calls. This wing must not import Blender's wing."""
    global _read_scene
    _read_scene = reader


_read_scene: Callable[[str | None], RenderSettings]


def check_range(start: int | None, end: int | None) -> None:
    """Raise ValueError when both ends are known and the range is empty."""
    if start is not None and end is not None and end < start:
        raise ValueError(f"frame_end={end} is before frame_start={start}")
