"""What shall be rendered."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

MAX_FRAME = 1_048_574
"""Blender's last frame: MAXFRAME in source/blender/makesdna/DNA_scene_types.h; its first is the negative of it."""

_LIMITS: Mapping[str, tuple[int, int]] = {
    # The ranges of RenderSettings and Scene in source/blender/makesrna/intern/rna_scene.cc. A value outside is
    # clamped by Blender without a word, so that it has to be refused here.
    "frame_start": (-MAX_FRAME, MAX_FRAME),
    "frame_end": (-MAX_FRAME, MAX_FRAME),
    "frame_step": (1, MAX_FRAME),
    "resolution_x": (4, 65536),
    "resolution_y": (4, 65536),
    "resolution_percentage": (1, 32767),
    "samples": (1, 16_777_216),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """What one render shall have otherwise than the scene; a field that is None stays as the scene has it.

    The scene is changed only while the render runs, and has its own values back afterwards, however it ends.

    Args:
        scene: name of the scene; None: the scene of the window.
        camera: name of the camera object. It wins over cameras that are bound to timeline markers.
        frame_start: first frame.
        frame_end: last frame, it is rendered too.
        frame_step: render each n-th frame of the range.
        filepath: as *Output Path* in Blender: `//` is the folder of the .blend file (the working directory, for a
            file that was never saved), a row of `#` the frame number, and the extension comes by itself.
        resolution_x: width in pixels, before the percentage.
        resolution_y: height in pixels, before the percentage.
        resolution_percentage: of the resolution, 100 is all of it.
        engine: `"CYCLES"`, `"BLENDER_EEVEE"` (in every Blender, whatever its EEVEE is called), `"BLENDER_WORKBENCH"`,
            or the identifier of an engine that an add-on brings.
        samples: samples a pixel, of the engine in use.
        file_format: as in `ImageFormatSettings.file_format`: `"PNG"`, `"JPEG"`, `"OPEN_EXR"`, `"FFMPEG"` …

    Raises:
        ValueError: a value that no scene can have, or `frame_end` before `frame_start`.
        TypeError: a value of the wrong type.

    Example:
        >>> draft = RenderSettings(filepath="//draft/####", resolution_percentage=25, samples=16)
        >>> await ar.render_animation(draft.replace(camera="Camera.Top"))
    """

    scene: str | None = None
    camera: str | None = None
    frame_start: int | None = None
    frame_end: int | None = None
    frame_step: int | None = None
    filepath: str | os.PathLike[str] | None = None
    resolution_x: int | None = None
    resolution_y: int | None = None
    resolution_percentage: int | None = None
    engine: str | None = None
    samples: int | None = None
    file_format: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                _check(field.name, value)
        check_range(self.frame_start, self.frame_end)

    def replace(self, **changes: Any) -> "RenderSettings":
        """These settings with some fields changed; the original stays as it is.

        Example:
            >>> settings.replace(frame_start=1, frame_end=24)
        """
        return replace(self, **changes)


def check_range(start: int | None, end: int | None) -> None:
    """Raise ValueError when both ends are known and the range is empty."""
    if start is not None and end is not None and end < start:
        raise ValueError(f"frame_end={end} is before frame_start={start}")


def _check(name: str, value: object) -> None:
    if name in _LIMITS:
        _check_number(name, value, *_LIMITS[name])
    elif name == "filepath" and isinstance(value, os.PathLike):
        _check_text(name, os.fspath(value))
    else:
        _check_text(name, value)


def _check_number(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is not a whole number")
    if not low <= value <= high:
        raise ValueError(f"{name}={value} is not between {low} and {high}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name}={value!r} is not a text; Blender's data is given by name")
    if not value:
        raise ValueError(f"{name}={value!r} is empty; leave it out to keep what the scene has")
