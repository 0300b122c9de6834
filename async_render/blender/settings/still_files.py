"""The files of a still, which Blender's *Render Image* names in another way than those of an animation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...output.frame_files import FilePattern, FrameFiles, digits_of, same_begin
from ...render.frame_list import FrameList
from ...render.setting_values import Value
from ...render.settings import RenderSettings
from ..paths import absolute, as_blender_path, file_name, without_variables
from .output_paths import camera_of, files_of, frame_path, of_views


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
    with camera_of(scene, (frame,)):
        return _still_files(scene, frame, is_image)


def _still_files(scene: bpy.types.Scene, frame: int, is_image: bool) -> StillFiles:
    name = file_name(scene.render.filepath)
    if "#" in without_variables(name) or name in {"", ".", ".."}:
        destinations = files_of(scene, frame)
        return StillFiles(destinations, destinations, frame_path(scene, frame) if is_image else None)
    number = digits_of(frame, 4)
    with _output(scene, f"{scene.render.filepath}####", use_file_extension=False):
        path = str(frame_path(scene, frame))  # Blender replaces the last row of `#` alone, and none of a variable's
    file = _unnumbered(scene, frame, path.removesuffix(number))
    destinations = of_views(scene, file)
    with _output(scene, as_blender_path(str(file)), scene.render.use_file_extension):
        written = destinations if is_image else files_of(scene, frame)
    return StillFiles(destinations, written, file)


def _unnumbered(scene: bpy.types.Scene, frame: int, path: str) -> Path:
    """Return the file that *Render Image* writes at a path, with the extension that Blender adds or replaces."""
    name = file_name(path)
    folder, number = path.removesuffix(name), digits_of(frame, 4)

    def with_extension(name: str) -> str:
        with _output(scene, as_blender_path(f"{folder}####{name}"), scene.render.use_file_extension):
            return frame_path(scene, frame).name.removeprefix(number)

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
