"""`render_still`: one picture, as a file, as pixels, or as both."""

from __future__ import annotations

import tempfile
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ..render.result import RenderResult
from ..render.settings import RenderSettings
from .applied import applied
from .rendering import Rendering, Still
from .stage import PREFIX, as_template


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture in memory, as the render has it: linear colours of the scene, before the view transform.

    Attributes:
        width: in pixels.
        height: in pixels.
        values: red, green, blue and alpha of each pixel as 32-bit floats, row by row from the bottom left, as in
            `bpy.types.Image.pixels`. With numpy: `numpy.asarray(values).reshape(height, width, 4)`.
    """

    width: int
    height: int
    values: array[float] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StillResult(RenderResult):
    """A finished still.

    Attributes:
        pixels: when they were asked for.
    """

    pixels: Pixels | None = None


async def render_still(
    settings: RenderSettings | None = None,
    *,
    frame: int | None = None,
    write: bool = True,
    pixels: bool = False,
) -> StillResult:
    """Render one picture as *Render > Render Image* does, and wait for it while Blender's window lives.

    The frame that the window shows does not change. The file is put in its place when it is whole: `//still` becomes
    `//still.png`, and a row of `#` the frame number. In a folder, `//out/`, it is `//out/0001.png`, as an animation's.

    Args:
        settings: what shall be otherwise than in the scene; None: nothing. Its frames do not count here.
        frame: which frame; None: the scene's current one.
        write: whether a file is left at the output path.
        pixels: whether the result brings the pixels.

    Returns:
        The frame, its file, the seconds it took, and the pixels.

    Raises:
        RenderError: it cannot work (nothing was changed), or Blender ended with an error.
        OutputError: Blender says that all is well, and the file is not whole.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.

    Example:
        >>> result = await ar.render_still(ar.RenderSettings(filepath="//front", camera="Camera.Front"))
        >>> print(result.files[0])
    """
    settings = settings or RenderSettings()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        rendering = Rendering(settings if write else _unwritten(settings, folder), still=Still(frame))
        result = await rendering.run()
        picture = _pixels(rendering.scene(), Path(folder)) if pixels else None
        if not write:
            rendering.forget_files()
    files = result.files if write else ()
    return StillResult(result.frames, files, result.seconds, result.frame_seconds, pixels=picture)


def _unwritten(settings: RenderSettings, folder: str) -> RenderSettings:
    """A picture that goes away with its folder, in a form that is always possible."""
    of_formats = dict.fromkeys(("exr_codec", "container", "video_codec", "audio_codec"))
    path = as_template(folder, "####")
    return settings.replace(filepath=path, file_format="PNG", color_mode="RGBA", color_depth="8", **of_formats)


def _pixels(scene: bpy.types.Scene, folder: Path) -> Pixels:
    """The picture in the Render Result. It has no `pixels` of its own (size 0 × 0), so it makes a detour by a file."""
    file = str(folder / "pixels.exr")
    as_floats = RenderSettings(scene=scene.name, file_format="OPEN_EXR", color_depth="32", color_mode="RGBA")
    with applied(scene, as_floats):
        bpy.data.images["Render Result"].save_render(file, scene=scene)
    image: Any = bpy.data.images.load(file)
    try:
        width, height = image.size
        values = array("f", bytes(4 * 4 * width * height))
        image.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(image)
    return Pixels(width, height, values)
