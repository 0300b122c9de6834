"""The frames of a render: those that its settings name, or the range of its scene."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import bpy

from ...render.errors import RenderError
from ...render.frame_list import FrameList
from ...render.frames import frame_list
from ...render.settings import RenderSettings


def frames_of(scene: bpy.types.Scene, settings: RenderSettings, *, first: int = 0) -> FrameList:
    """Return the frames that are rendered, in order.

    Args:
        scene: the scene, whose range counts where the settings have none.
        settings: the settings.
        first: the first frame that can be rendered: Blender's animations do not begin before frame 0.

    Raises:
        RenderError: there are no frames, or one of them cannot be rendered.
    """
    start, end = range_of(scene, settings)
    if settings.frames is None:
        _check_range(scene, settings, start, end)
        step = scene.frame_step if settings.frame_step is None else settings.frame_step
        frames = FrameList([range(start, end + 1, max(step, 1))])
    else:
        frames = listed(settings.frames, start, end)
    if frames[0] < first:
        # Scene.frame_start takes 0 and more: MINFRAME in source/blender/makesdna/DNA_scene_types.h.
        raise RenderError(
            f"frames: {frames[0]} is before frame 0, where Blender's animations begin; move the animation in time, "
            "or render each of these frames by render_still"
        )
    return frames


def own_range(scene: bpy.types.Scene) -> range:
    """Return the frames that Blender renders of the scene as it is set now."""
    return range(scene.frame_start, scene.frame_end + 1, max(scene.frame_step, 1))


def range_of(scene: bpy.types.Scene, settings: RenderSettings) -> tuple[int, int]:
    """Return the first and the last frame of the range in which a text of frames is read."""
    start = scene.frame_start if settings.frame_start is None else settings.frame_start
    end = scene.frame_end if settings.frame_end is None else settings.frame_end
    return start, end


def listed(frames: str | Iterable[int], start: int, end: int) -> FrameList:
    """Return the frames of `RenderSettings.frames`, in order. Any thread may call this.

    Steps that overlap make 350,000 ranges of a million frames, which takes half a second. So a worker thread calls this
    first, and the result is cached for the main thread.

    Raises:
        RenderError: the text cannot be read.
    """
    return _listed(frames if isinstance(frames, str | tuple) else tuple(frames), start, end)


@lru_cache(maxsize=4)
def _listed(frames: str | tuple[int, ...], start: int, end: int) -> FrameList:
    try:
        return frame_list(frames, start, end) if isinstance(frames, str) else FrameList.of(frames)
    except ValueError as error:
        raise RenderError(str(error)) from error


def _check_range(scene: bpy.types.Scene, settings: RenderSettings, start: int, end: int) -> None:
    if end < start:
        whose = f"the scene {scene.name!r} has"
        given = [f"frame_start={start}" if settings.frame_start is not None else f"{whose} frame_start={start}"]
        given += [f"frame_end={end}" if settings.frame_end is not None else f"{whose} frame_end={end}"]
        raise RenderError(f"the frame range is empty: {', '.join(given)}; the end must not be before the start")
