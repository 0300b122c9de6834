"""Where the files of a render will be: Blender composes the names."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import bpy

from ..render.settings import RenderSettings
from .fields import output_path


def absolute(path: str) -> Path:
    """Blender's path, with `//` for the folder of the .blend file, as an absolute one."""
    return Path(bpy.path.abspath(path)).absolute()


def files_of(scene: bpy.types.Scene, frame: int) -> tuple[Path, ...]:
    """The files of a frame, one for each view; a movie is the one file of all frames."""
    render = scene.render
    if not render.use_multiview or render.image_settings.views_format != "INDIVIDUAL":
        return (absolute(render.frame_path(frame=frame)),)
    views = [view for view in render.views if view.use]
    return tuple(absolute(render.frame_path(frame=frame, view=view.name)) for view in views)


def still_settings(scene: bpy.types.Scene, settings: RenderSettings, frame: int) -> RenderSettings:
    """The settings that render one frame as an animation, which leaves the frame of the window as it is.

    An animation's file always has a number: see `still_places`.
    """
    path = output_path(scene, settings)
    path = path if _has_number(path) else _without_extension(path)
    return settings.replace(frames=(frame,), filepath=path if "#" in path else path + _NUMBER)


def still_places(scene: bpy.types.Scene, settings: RenderSettings, frame: int) -> tuple[Path, ...]:
    """Where the files of a still shall be; the scene has its `still_settings` now."""
    places = files_of(scene, frame)
    if _has_number(output_path(scene, settings)):
        return places
    number = f"{frame:0{len(_NUMBER)}d}"
    return tuple(place.with_name("".join(place.name.rsplit(number, 1))) for place in places)


def _has_number(path: str) -> bool:
    """Whether a still's file has the frame's number: in a folder (Blender's own default is one) it is all its name."""
    return "#" in path or path.endswith(("/", os.sep))


def _without_extension(path: str) -> str:
    """Blender replaces a picture's extension by that of the format, and keeps any other."""
    extension = PurePath(path).suffix
    return path.removesuffix(extension) if extension.lower() in _EXTENSIONS else path


_NUMBER = "####"

_NAMES = ("avif", "bmp", "cin", "dpx", "exr", "hdr", "j2c", "jp2", "jpeg", "jpg", "png", "rgb", "sgi", "tga", "tif")
_EXTENSIONS = frozenset(f".{name}" for name in (*_NAMES, "tiff", "webp"))
