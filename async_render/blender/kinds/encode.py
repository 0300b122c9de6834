"""`encode`: pictures that are there, as one movie, with the sound of a scene."""

from __future__ import annotations

import os
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import bpy

from ...output.integrity import find_damage
from ...render.activity import Activity
from ...render.call_settings import settings_with
from ...render.errors import RenderError, quoted
from ...render.frame_list import FrameList
from ...render.names import known_name
from ...render.result import RenderResult
from ...render.setting_fields import StillFields
from ...render.setting_values import path_text
from ...render.settings import RenderSettings
from ..host.long_work import call_in_worker_thread
from ..host.own_loop import require_own_loop
from ..paths import absolute
from ..settings.frame_range import frames_of
from ..settings.path_variables import output_path
from ..settings.scenes import found_again, known_scene
from .movie_scene import movie_scene, with_scene_name
from .plan import Plan
from .rendering import NOBODY, Rendering, planned
from .request import Request
from .staging import as_template

_OF_MOVIES = (
    "file_format",
    "color_mode",
    "color_depth",
    "quality",
    "container",
    "video_codec",
    "audio_codec",
    "render_display_type",
)
"""The fields of settings that a movie has; all others are in its pictures already."""

_OVERRIDES = ("render.ffmpeg.", "render.fps")
"""The beginnings of the overrides that a movie has."""


async def encode(
    frames: Iterable[str | os.PathLike[str]], settings: RenderSettings | None = None, **fields: Unpack[StillFields]
) -> RenderResult:
    """Encode pictures as one movie, in their order, and wait for it while Blender's window lives.

    The movie has the frame rate and the sound of the scene (its strips and speakers; `audio_codec="NONE"`: none), and
    the size of the pictures. Their colours stay as they are. Only EXR and HDR files, which have a scene's linear
    colours, get the scene's view transform. The movie grows beside its destination, and is moved there at the end.

    Blender encodes it in a temporary scene, which goes at the end. Cameras, layers, samples and the like do not count,
    since the pictures are there.

    Args:
        frames: the files of the pictures, all of one size, as `RenderResult.files` has them.
        settings: the settings in which the movie differs from the scene: path, format, container, codecs.
        **fields: fields of `RenderSettings` but the frames, alone or on top of `settings`.

    Returns:
        The frames, and the movie. The first picture is the first frame of the scene, or of the frames in `settings`.

    Raises:
        RenderError: a picture is missing, damaged or of another size; the format is no movie, or the movie cannot be
            written there; or Blender ended with an error.
        OutputError: Blender says that all is well, and the movie is not complete.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.

    Example:
        >>> result = await ar.render_animation(filepath="//frames/####", file_format="PNG")
        >>> await ar.encode(result.all_files, filepath="//film", file_format="FFMPEG", container="MPEG4")
    """
    require_own_loop("ar.encode()")
    return await encode_pictures(frames, settings_with(settings, fields))


@asynccontextmanager
async def unclaimed(_files: Sequence[Path]) -> AsyncIterator[None]:
    """Claim nothing: nobody else writes the movie."""
    yield


Claiming = Callable[[Sequence[Path]], AbstractAsyncContextManager[None]]
"""A block in which the files of a movie belong to this process."""


async def encode_pictures(
    frames: Iterable[str | os.PathLike[str]], given: RenderSettings, claiming: Claiming = unclaimed
) -> RenderResult:
    """Do what `encode` says.

    Args:
        frames: as for `encode`.
        given: the settings.
        claiming: returns a block around the encoding, which may refuse the files of the movie.

    Raises:
        RenderError: as `encode`.
    """
    pictures = _paths(frames)
    known = known_scene(given.scene)
    await call_in_worker_thread(_check, pictures)
    scene = found_again(known)
    numbers = _numbers(scene, given, len(pictures))
    path = with_scene_name(output_path(scene, given.replace(frames=numbers)), scene.name)
    overrides = {key: value for key, value in (given.overrides or {}).items() if key.startswith(_OVERRIDES)}
    async with movie_scene(known, pictures, numbers[0]) as temporary:
        movie = RenderSettings(
            scene=known_name(found_again(temporary)),
            filepath=None if given.filepath is None else path,
            segment=given.segment or known.name,
            overrides=overrides or None,
            **{name: getattr(given, name) for name in _OF_MOVIES},
        )
        return await _encoded(movie, numbers, claiming)


async def _encoded(movie: RenderSettings, numbers: FrameList, claiming: Claiming) -> RenderResult:
    """Render the temporary scene. Its frames follow each other; the movie's name may tell of frames with gaps."""
    consecutive = range(numbers[0], numbers[0] + len(numbers))
    async with planned(Request.of(movie.replace(frames=numbers))) as (plan, activity):
        if not plan.output.is_movie:
            raise RenderError(
                f"file_format={found_again(plan.scene).render.image_settings.file_format!r} is no movie; "
                "write file_format='FFMPEG'"
            )
        if len(plan.frames.ranges) == 1 and plan.frames.ranges[0] == consecutive:
            async with claiming(plan.output.files.extremes):
                return await _rendered(plan, activity)
        destination = plan.output.files.extremes[0]
    found_again(plan.scene).render.use_file_extension = False  # the path is a file's name, and Blender changes none
    exact = as_template(str(destination.parent), destination.name)
    async with (
        planned(Request.of(movie.replace(frames=consecutive, filepath=exact))) as (plan, activity),
        claiming(plan.output.files.extremes),
    ):
        return replace(await _rendered(plan, activity), frames=tuple(numbers))


async def _rendered(plan: Plan, activity: Activity) -> RenderResult:
    rendering = Rendering(plan, activity, NOBODY)
    await rendering.run()
    return rendering.result()


def _paths(frames: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the absolute paths of pictures.

    Raises:
        TypeError: they are no paths.
        ValueError: there are none.
    """
    if isinstance(frames, str | os.PathLike) or not isinstance(frames, Iterable):
        raise TypeError(f"frames={quoted(frames)} is not a list of files; write sorted(Path(folder).glob('*.png'))")
    paths = [absolute(path_text(f"frames[{index}]", file)) for index, file in enumerate(frames)]
    if not paths:
        raise ValueError("frames=[] has no picture; give at least one file")
    return paths


def _check(pictures: Sequence[Path]) -> None:
    """Check that the pictures are complete, and of one size as far as their first bytes tell it.

    Raises:
        RenderError: one is not.
    """
    first = None
    for index, picture in enumerate(pictures):
        damage = find_damage(picture)
        if damage is not None:
            raise RenderError(f"frames[{index}]: {picture} {damage}; render it again")
        size = _png_size(picture)
        first = first or size
        if size != first:
            raise RenderError(
                f"frames[{index}]: {picture} has {_as_text(size)} pixels, and the pictures before {_as_text(first)}; "
                "a movie has one size"
            )


def _png_size(picture: Path) -> tuple[int, int] | None:
    """Return the width and the height of a PNG file; None: it is another file."""
    with picture.open("rb") as opened:
        head = opened.read(24)
    is_png = len(head) == 24 and head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:24]) if is_png else None


def _as_text(size: tuple[int, int] | None) -> str:
    return "other" if size is None else f"{size[0]} × {size[1]}"


def _numbers(scene: bpy.types.Scene, given: RenderSettings, count: int) -> FrameList:
    """Return the numbers of the frames that the pictures are.

    Raises:
        RenderError: the settings have more frames than there are pictures, or fewer.
    """
    start = scene.frame_start if given.frame_start is None else given.frame_start
    consecutive = FrameList([range(start, start + count)])
    is_given = any(value is not None for value in (given.frames, given.frame_end, given.frame_step))
    if not is_given and start > scene.frame_end:
        return consecutive
    numbers = frames_of(scene, given)
    if len(numbers) == count:
        return numbers
    if is_given:
        raise RenderError(f"frames: {count} pictures for the {len(numbers)} frames of the settings; leave these out")
    return consecutive
