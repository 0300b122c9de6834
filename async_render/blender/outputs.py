"""Where the files of a render will be: Blender composes the names."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import bpy

from ..render.frame_files import SAMPLES, FilePattern, FrameFiles
from ..render.frame_list import FrameList
from ..render.settings import RenderSettings
from .fields import output_path


def absolute(path: str) -> Path:
    """Blender's path, with `//` for the folder of the .blend file, as an absolute one."""
    return Path(bpy.path.abspath(path)).absolute()


def files_of(scene: bpy.types.Scene, frame: int) -> tuple[Path, ...]:
    """The files of a frame, one for each view; a movie is the one file of all frames."""
    render = scene.render
    if not has_a_file_for_each_view(scene):
        return (absolute(render.frame_path(frame=frame)),)
    return tuple(absolute(render.frame_path(frame=frame, view=view)) for view in rendered_views(scene))


def has_a_file_for_each_view(scene: bpy.types.Scene) -> bool:
    """Whether Blender puts each view, be it one, into a file that is named after it."""
    # Before 4.5 a single view is written under the name that has no view in it; 4.5 to 5.2 put its suffix in.
    least = 2 if bpy.app.version < (4, 5) else 1
    return len(rendered_views(scene)) >= least and scene.render.image_settings.views_format == "INDIVIDUAL"


def rendered_views(scene: bpy.types.Scene) -> list[str]:
    """The names of the views that Blender renders, in order; none where it renders no views.

    `BKE_scene_multiview_is_render_view_active` in source/blender/blenkernel/intern/scene.cc.
    """
    render = scene.render
    if not render.use_multiview:
        return []
    is_stereo = render.views_format == "STEREO_3D"
    return [view.name for view in render.views if view.use and (view.name in EYES or not is_stereo)]


EYES = ("left", "right")
"""The views that *Stereo 3D* renders, whatever others a scene has."""


def files_of_frames(scene: bpy.types.Scene, frames: FrameList) -> FrameFiles:
    """The files of many frames, named when they are asked for, by the settings that the scene has now.

    Blender is asked for the names of a few: to ask it for those of 250,000 keeps the window waiting for seconds.
    """
    samples = (files_of(scene, frame) for frame in SAMPLES)
    return FrameFiles(frames, (FilePattern.of(*of_view) for of_view in zip(*samples, strict=True)))


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
