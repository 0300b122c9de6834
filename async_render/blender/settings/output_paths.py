"""The files that a scene's output path means. Blender composes their names. Stills: `still_files.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy

from ...output.frame_files import SAMPLES, FilePattern, FrameFiles
from ...render.errors import RenderError
from ...render.frame_list import FrameList
from ...render.path_templates import names_in, on_any_disk
from ..paths import absolute
from ..quirks.versions import SINGLE_VIEW_HAS_SUFFIX, STEREO_MOVIE_HAS_SUFFIX
from ..window.reports import message_of
from .frame_range import own_range
from .marker_cameras import cameras_of_frames


def files_of(scene: bpy.types.Scene, frame: int) -> tuple[Path, ...]:
    """Return the files of a frame, one for each view. A movie is one file of all frames.

    Raises:
        RenderError: the output path has a variable that this Blender does not know, or a lone brace.
    """
    return of_views(scene, frame_path(scene, frame))


def of_views(scene: bpy.types.Scene, file: Path) -> tuple[Path, ...]:
    """Return the files of each view, by the file of a scene without views."""
    views = rendered_views(scene)
    if not has_a_file_for_each_view(scene):
        is_named = views and scene.render.is_movie_format and STEREO_MOVIE_HAS_SUFFIX
        return (_with_suffix(file, scene.render.views[views[0]]) if is_named else file,)
    files = tuple(_with_suffix(file, scene.render.views[view]) for view in views)
    _check_apart(views, files)
    return files


def _with_suffix(file: Path, view: bpy.types.SceneRenderView) -> Path:
    """Return the file with a view's suffix in front of its extension, as Blender writes it.

    Python's `frame_path(view=…)` puts the suffix into the path before Blender adds the extension: `shot_L.v2_0007.png`.
    Blender writes `shot.v2_0007_L.png`: `BKE_scene_multiview_view_filepath_get` in
    source/blender/blenkernel/intern/scene.cc calls `BLI_path_suffix` with the whole path (4.2 to 5.2).

    Raises:
        RenderError: the suffix would lead into another folder. Blender makes a folder for each frame of `/left`.
    """
    suffix = view.file_suffix
    dots = len(file.name) - len(file.name.lstrip("."))  # leading dots begin no extension
    name, dot, extension = file.name[dots:].rpartition(".")
    try:
        return file.with_name(f"{file.name[:dots]}{name}{suffix}.{extension}" if dot else f"{file.name}{suffix}")
    except ValueError as error:
        raise RenderError(
            f"file_suffix={suffix!r} of the view {view.name!r} leads into another folder: give the view a suffix "
            "without slashes, in the output properties below Stereoscopy"
        ) from error


def _check_apart(views: Sequence[str], files: Sequence[Path]) -> None:
    """Raise `RenderError` when two views would share a file, here or on macOS and Windows."""
    first: dict[str, str] = {}
    for view, file in zip(views, files, strict=True):
        other = first.setdefault(on_any_disk(file.name), view)
        if other != view:
            raise RenderError(
                f"the views {other!r} and {view!r} would share the file {str(file)!r}, here or on macOS and Windows: "
                "give them other suffixes, in the output properties below Stereoscopy"
            )


def has_a_file_for_each_view(scene: bpy.types.Scene) -> bool:
    """Return whether each view's file is named after its view, also where there is only one view."""
    # Before 4.5 the file of a single view has no view in its name. In 4.5 to 5.2 the view's suffix is in it.
    least = 1 if SINGLE_VIEW_HAS_SUFFIX else 2
    return len(rendered_views(scene)) >= least and scene.render.image_settings.views_format == "INDIVIDUAL"


def rendered_views(scene: bpy.types.Scene) -> list[str]:
    """Return the names of the views that Blender renders, in order; empty: the scene has no views.

    `BKE_scene_multiview_is_render_view_active` in source/blender/blenkernel/intern/scene.cc.
    """
    render = scene.render
    if not render.use_multiview:
        return []
    is_stereo = render.views_format == "STEREO_3D"
    return [view.name for view in render.views if view.use and (view.name in EYES or not is_stereo)]


EYES = ("left", "right")
"""The views that *Stereo 3D* renders, whatever other views a scene has."""


def files_of_frames(scene: bpy.types.Scene, frames: FrameList) -> FrameFiles:
    """Return the files of many frames, by the settings that the scene has now. Each name is composed when it is asked
    for.

    Blender composes the names of a few frames only. For 250,000 names the window would stand still for seconds.
    """
    with camera_of(scene, frames):
        return _by_patterns(scene, frames)


def _by_patterns(scene: bpy.types.Scene, frames: FrameList) -> FrameFiles:
    samples = (files_of(scene, frame) for frame in SAMPLES)
    return FrameFiles(frames, (FilePattern.of(*of_view) for of_view in zip(*samples, strict=True)))


@contextmanager
def camera_of(scene: bpy.types.Scene, frames: Sequence[int]) -> Iterator[None]:
    """Give the scene the camera of these frames inside the `with` block, which must not await.

    Blender composes each picture's name when it writes the picture. Markers have switched the camera by then, and
    `{camera_name}` is the name of that camera.

    Raises:
        RenderError: the frames have several cameras, and so the files have no name in common.
    """
    if "camera_name" not in names_in(scene.render.filepath):
        yield
        return
    cameras = list(cameras_of_frames(scene, frames))
    if len(cameras) > 1:
        names = ", ".join(repr(camera.name) for camera in cameras[:3])
        raise RenderError(
            f"filepath={scene.render.filepath!r}: the markers of these frames bind several cameras ({names} …), and "
            "{camera_name} is another name for each: render each segment by itself, or write {camera}, which is the "
            "first frame's camera"
        )
    before = scene.camera
    try:
        scene.camera = cameras[0] if cameras else before
        yield
    finally:
        scene.camera = before


def files_of_movie(scene: bpy.types.Scene, frames: FrameList) -> FrameFiles:
    """Return the files of a movie of these frames, one for each view.

    Blender may put the first and the last frame of the scene into the name: `shot0001-0250.mkv`. So the scene has these
    frames meanwhile, as it has them in the movie's job.
    """
    if frames.ranges == (own_range(scene),):  # its last frame may be in the name, also where the step leaves it out
        return _by_patterns(scene, frames)
    before = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = frames[0], frames[-1]
        return _by_patterns(scene, frames)  # a movie is opened before its markers switch the camera
    finally:
        scene.frame_start, scene.frame_end = before


def frame_path(scene: bpy.types.Scene, frame: int) -> Path:
    """Return the file of a frame, as Blender composes it for a scene without views.

    Raises:
        RenderError: the output path has a variable that this Blender does not know, or a lone brace.
    """
    try:
        return absolute(scene.render.frame_path(frame=frame))
    except RuntimeError as error:  # from 4.5 on
        message = " ".join(message_of(error).split())
        raise RenderError(
            f"filepath={scene.render.filepath!r}: {message} Correct the variable, or write {{{{ for the character {{"
        ) from error
