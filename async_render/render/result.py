"""The results of a render, a still and an operator."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .errors import short_repr


@dataclass(frozen=True, slots=True, repr=False)
class RenderResult:
    """A finished render. Each of its files was checked to its end, and is complete.

    Attributes:
        frames: the frames that were rendered, in order.
        files: the absolute paths of the files: a picture for each frame (and view), or one movie.
        seconds: seconds that Blender's render jobs took, from their start until they were gone.
        frame_seconds: seconds that each frame took.
        skipped: the frames that were not rendered since their files were there. With `resume=True` these files are
            complete; where the scene does not overwrite, they exist. A frame that has files for some views only is
            rendered, and all its files are written again. (Blender alone would leave the frame out.)
        warnings: reasons why the pictures may differ from what was meant. An example are drivers that Blender blocked,
            since the user does not let files run scripts. The log has the warnings, too.
        frame_files: where frames were skipped, the files of each frame, rendered or skipped.

    Example:
        >>> result = await ar.render_animation()
        >>> print(len(result.frames), "frames in", round(result.seconds, 1), "s, the last one:", result.files[-1])
    """

    frames: tuple[int, ...]
    files: tuple[Path, ...]
    seconds: float
    frame_seconds: Mapping[int, float] = field(default_factory=dict, hash=False, repr=False)
    skipped: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    frame_files: Mapping[int, Sequence[Path]] = field(default_factory=dict, hash=False, repr=False, compare=False)

    @property
    def all_files(self) -> tuple[Path, ...]:
        """The files of all frames in order: those that were rendered, and those that were there already.

        Example:
            >>> result = await ar.render_animation(resume=True)
            >>> print(len(result.all_files), "files,", len(result.files), "of them are new")
        """
        if not self.skipped or not self.frame_files:
            return self.files
        frames = sorted({*self.frames, *self.skipped})
        return tuple(dict.fromkeys(file for frame in frames for file in self.frame_files[frame]))

    def __repr__(self) -> str:
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture in memory, as the render has it: linear colours of the scene, before the view transform.

    Of a stereo render it is the picture of the left eye.

    Attributes:
        width: the width in pixels.
        height: the height in pixels.
        values: red, green, blue and alpha of each pixel as 32-bit floats, row by row from the bottom left, as in
            `bpy.types.Image.pixels`. With numpy: `numpy.asarray(values).reshape(height, width, 4)`.

    Example:
        >>> pixels = (await ar.render_still(write=False, pixels=True)).pixels
        >>> red, green, blue, alpha = pixels.values[:4]
    """

    width: int
    height: int
    values: array[float] = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class StillResult(RenderResult):
    """A finished still.

    Attributes:
        pixels: the pixels; None: `render_still` was called without `pixels=True`.
        subframe: the part of a frame that is added to the frame: 0.5 for 12.5. `frames` has the 12.

    Example:
        >>> result = await ar.render_still(filepath="//still", frame=12.5)
        >>> print(result.files[0], result.frames[0] + result.subframe)
    """

    pixels: Pixels | None = None
    subframe: float = 0.0


@dataclass(frozen=True, slots=True, repr=False)
class StillWithPixels(StillResult):
    """A finished still of `render_still(pixels=True)`.

    Attributes:
        pixels: the pixels.

    Example:
        >>> result = await ar.render_still(filepath="//still", pixels=True)
        >>> print(result.pixels.width, "×", result.pixels.height)
    """

    pixels: Pixels = field(kw_only=True)


Status = Literal["FINISHED", "CANCELLED", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class OperatorResult:
    """The end of an operator: how it ended, and after how many seconds.

    Attributes:
        name: the operator's name, as `OBJECT_OT_bake`.
        status: `"FINISHED"`, `"CANCELLED"` or `"UNKNOWN"`. Unknown is the end of a modal operator with neither
            `REGISTER` nor `UNDO` among its `bl_options`: Blender keeps no trace of it.
        seconds: seconds from the operator's call until its end.

    Example:
        >>> result = await ar.bake("DIFFUSE", pass_filter={"COLOR"})
        >>> print(result.name, result.status)
        OBJECT_OT_bake FINISHED
    """

    name: str
    status: Status
    seconds: float
