"""The files that a scene's output path means. Blender composes their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import bpy

from ...output.frame_files import SAMPLES, FilePattern, FrameFiles, digits_of, same_begin
from ...render.errors import RenderError
from ...render.frame_list import FrameList
from ...render.path_templates import fill_in, for_old_blender, names_in, on_any_disk, twin_message, twins
from ...render.setting_values import Value
from ...render.settings import RenderSettings
from ..paths import absolute, as_blender_path, file_name, without_variables
from ..quirks.versions import PATHS_HAVE_VARIABLES, SINGLE_VIEW_HAS_SUFFIX
from ..window.reports import message_of
from .frame_range import listed, range_of
from .marker_cameras import cameras_of_frames


def output_path(scene: bpy.types.Scene, settings: RenderSettings) -> str:
    """Return the output path with our variables replaced. Blender replaces its own variables later.

    As `settings.replace(filepath=…)` the path stays as it is, so that `{date}` is one date for all parts of a render.

    Raises:
        RenderError: a variable is not known or has no value.
    """
    if settings.filepath is None:
        return scene.render.filepath
    path = str(settings.filepath)
    camera = settings.camera
    if camera is None and "{camera" in path:  # only there: a film has thousands of markers
        first = _first_camera(scene, settings)
        camera = None if first is None else first.name
    layers = settings.view_layers or [layer.name for layer in scene.view_layers if layer.use]
    _check_twins(scene, settings, camera, layers)
    values = {"scene": scene.name, "camera": camera, "segment": settings.segment, "view_layer": "+".join(layers)}
    try:
        return fill_in(path, values, datetime.now().astimezone())
    except ValueError as error:
        raise RenderError(str(error)) from error


def _check_twins(scene: bpy.types.Scene, settings: RenderSettings, camera: str | None, layers: Sequence[str]) -> None:
    """Raise `RenderError` when a name that is put into the path has a twin: see `twins`."""
    names = {name.removesuffix("_name") for name in names_in(str(settings.filepath))}  # Blender's {scene_name}, too
    cameras = [item for item in scene.objects if item.type == "CAMERA"] if "camera" in names else []
    for field, chosen, known in (
        ("scene", [scene.name], bpy.data.scenes),
        ("camera", [camera], cameras),
        ("segment", [settings.segment], scene.timeline_markers),
        ("view_layer", layers, scene.view_layers),
    ):
        twin_of = twins(item.name for item in known) if field in names else {}
        for name in chosen:
            if name in twin_of:
                raise RenderError(twin_message(field, name, twin_of[name]))


def _first_camera(scene: bpy.types.Scene, settings: RenderSettings) -> bpy.types.Object | None:
    """Return the camera of the first frame."""
    start, end = range_of(scene, settings)
    first = start if settings.frames is None else listed(settings.frames, start, end)[0]
    return next(iter(cameras_of_frames(scene, (first,))), None)


def for_this_blender(path: str) -> str:
    if PATHS_HAVE_VARIABLES:
        return path
    try:
        return for_old_blender(path)
    except ValueError as error:
        raise RenderError(str(error)) from error


def files_of(scene: bpy.types.Scene, frame: int) -> tuple[Path, ...]:
    """Return the files of a frame, one for each view. A movie is one file of all frames.

    Raises:
        RenderError: the output path has a variable that this Blender does not know, or a lone brace.
    """
    return _of_views(scene, _frame_path(scene, frame))


def _of_views(scene: bpy.types.Scene, file: Path) -> tuple[Path, ...]:
    """Return the files of each view, by the file of a scene without views."""
    if not has_a_file_for_each_view(scene):
        return (file,)
    views = rendered_views(scene)
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
    with _camera_of(scene, frames):
        return _by_patterns(scene, frames)


def _by_patterns(scene: bpy.types.Scene, frames: FrameList) -> FrameFiles:
    samples = (files_of(scene, frame) for frame in SAMPLES)
    return FrameFiles(frames, (FilePattern.of(*of_view) for of_view in zip(*samples, strict=True)))


@contextmanager
def _camera_of(scene: bpy.types.Scene, frames: Sequence[int]) -> Iterator[None]:
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
    before = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = frames[0], frames[-1]
        return _by_patterns(scene, frames)  # a movie is opened before its markers switch the camera
    finally:
        scene.frame_start, scene.frame_end = before


def _frame_path(scene: bpy.types.Scene, frame: int) -> Path:
    try:
        return absolute(scene.render.frame_path(frame=frame))
    except RuntimeError as error:  # from 4.5 on
        message = " ".join(message_of(error).split())
        raise RenderError(
            f"filepath={scene.render.filepath!r}: {message} Correct the variable, or write {{{{ for the character {{"
        ) from error


@dataclass(frozen=True)
class StillFiles:
    """The files of a still.

    Attributes:
        destinations: the files, one for each view.
        written: the files that Blender writes first, one for each view. An animation of one frame puts a number at the
            end of each name: `poster.png0007.png` instead of `poster.png`.
        path: the output path of the scene meanwhile; None: the scene keeps its own path.
    """

    destinations: tuple[Path, ...]
    written: tuple[Path, ...]
    path: Path | None

    def of(self, frames: FrameList) -> FrameFiles:
        """Return the files by frame, in the form that an animation's files have."""
        return FrameFiles(frames, (FilePattern(str(file), None, "") for file in self.destinations))

    @property
    def overrides(self) -> dict[str, Value] | None:
        """The properties, with values, that make Blender write the file under this name; None: none.

        *File Extensions* stays as it is: up to 5.1 the *File Output* nodes of the compositor obey it, too.
        """
        return None if self.path is None else {"render.filepath": as_blender_path(str(self.path))}


def still_settings(settings: RenderSettings, frame: int) -> RenderSettings:
    """Return the settings that render one frame as an animation, which does not change the window's frame.

    An animation would leave out a picture that exists, or make an empty picture first. A still does neither.
    """
    return settings.replace(frames=(frame,), use_overwrite=True, use_placeholder=False)


def still_files(scene: bpy.types.Scene, frame: int, *, is_image: bool) -> StillFiles:
    """Return the files of a still, where Blender's *Render Image* with `write_still` puts them.

    A number comes from a `#` in the file's name, and from a path that ends with a folder, such as `//out/`. Other
    stills have no number. Python can only ask Blender for an animation's names, which always have a number. So Blender
    is asked for a path with the number in front of the name, where the number does not change the extension.

    Args:
        scene: the scene, with the settings of the render.
        frame: the frame's number.
        is_image: whether *Render Image* writes the still, which puts no number into names, and no animation.
    """
    with _camera_of(scene, (frame,)):
        return _still_files(scene, frame, is_image)


def _still_files(scene: bpy.types.Scene, frame: int, is_image: bool) -> StillFiles:
    name = file_name(scene.render.filepath)
    if "#" in without_variables(name) or name in {"", ".", ".."}:
        destinations = files_of(scene, frame)
        return StillFiles(destinations, destinations, _frame_path(scene, frame) if is_image else None)
    number = digits_of(frame, 4)
    with _output(scene, f"{scene.render.filepath}####", use_file_extension=False):
        path = str(_frame_path(scene, frame))  # Blender replaces the last row of `#` alone, and none of a variable's
    file = _unnumbered(scene, frame, path.removesuffix(number))
    destinations = _of_views(scene, file)
    with _output(scene, as_blender_path(str(file)), scene.render.use_file_extension):
        written = destinations if is_image else files_of(scene, frame)
    return StillFiles(destinations, written, file)


def _unnumbered(scene: bpy.types.Scene, frame: int, path: str) -> Path:
    """Return the file that *Render Image* writes at a path, with the extension that Blender adds or replaces."""
    name = file_name(path)
    folder, number = path.removesuffix(name), digits_of(frame, 4)

    def with_extension(name: str) -> str:
        with _output(scene, as_blender_path(f"{folder}####{name}"), scene.render.use_file_extension):
            return _frame_path(scene, frame).name.removeprefix(number)

    # A `#` in the value of a variable is no number, as in a camera's name. Extensions have none.
    bare = name.replace("#", "_")
    named, letters = with_extension(bare), bare.lstrip(".")
    if named != bare and letters not in {"", bare} and "." not in letters:
        # A name such as `.tif` has no extension. With a number in front it has one, which Blender replaces.
        plain = bare.replace(".", "_")
        named = bare + with_extension(plain).removeprefix(plain)
    kept = len(same_begin(bare, named))
    return absolute(folder) / f"{name[:kept]}{named[kept:]}"


@contextmanager
def _output(scene: bpy.types.Scene, filepath: str, use_file_extension: bool) -> Iterator[None]:
    """Give the scene another output path inside the `with` block, which must not await."""
    render = scene.render
    before = render.filepath, render.use_file_extension
    try:
        render.filepath, render.use_file_extension = filepath, use_file_extension
        yield
    finally:
        render.filepath, render.use_file_extension = before
