"""`render_animation`: one animation, awaited."""

from __future__ import annotations

from pathlib import Path
from time import time

import bpy

from ..render.errors import RenderCancelled, RenderError
from ..render.outputs import check_folder, check_not_folders, is_written
from ..render.result import RenderResult
from ..render.settings import RenderSettings
from .host import get_host
from .job import JobReport, no_job, run_animation_job
from .scenes import applied, check_settings, find_scene


async def render_animation(settings: RenderSettings | None = None) -> RenderResult:
    """Render an animation as *Render > Render Animation* does, and wait for it while Blender's window lives.

    Blender has one render job. Calls queue in order, and wait for what the user renders. The scene is set only while
    its render runs; afterwards, and after an error, it is as before.

    Args:
        settings: what shall be otherwise than in the scene; None: nothing.

    Returns:
        The frames, their files (each was looked at) and the seconds it took.

    Raises:
        RenderError: it cannot work (nothing was changed), or Blender ended without the pictures.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.

    Example:
        >>> await ar.render_animation(ar.RenderSettings(camera="Camera.Top", filepath="//top/####"))
    """
    settings = settings or RenderSettings()
    host = get_host()
    settings = settings.replace(scene=find_scene(settings.scene).name)
    async with host.render_lock:
        await no_job()
        scene = find_scene(settings.scene)
        check_settings(scene, settings)
        _check_folder(scene, settings)
        with applied(scene, settings):
            frames = _frames(scene)
            files = {frame: _files(scene, frame) for frame in frames}
            check_not_folders((file for of_frame in files.values() for file in of_frame), scene.render.filepath)
            begin = time()
            report = await run_animation_job(host, scene.name)
        return _result(report, frames, files, begin, settings)


def _check_folder(scene: bpy.types.Scene, settings: RenderSettings) -> None:
    filepath = str(settings.filepath or scene.render.filepath)
    check_folder(_absolute(filepath + "_").parent, filepath)


def _absolute(path: str) -> Path:
    return Path(bpy.path.abspath(path)).absolute()


def _frames(scene: bpy.types.Scene) -> tuple[int, ...]:
    return tuple(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))


def _files(scene: bpy.types.Scene, frame: int) -> tuple[Path, ...]:
    """The files of a frame; a movie is the one file of all frames."""
    render = scene.render
    if not render.use_multiview or render.image_settings.views_format != "INDIVIDUAL":
        return (_absolute(render.frame_path(frame=frame)),)
    views = [view for view in render.views if view.use]
    return tuple(_absolute(render.frame_path(frame=frame, view=view.name)) for view in views)


def _result(
    report: JobReport,
    frames: tuple[int, ...],
    files: dict[int, tuple[Path, ...]],
    begin: float,
    settings: RenderSettings,
) -> RenderResult:
    written = frames[: report.frames_written]
    there = list(dict.fromkeys(file for frame in written for file in files[frame] if is_written(file, begin)))
    missing = [file for frame in written for file in files[frame] if file not in set(there)]
    whose = f"the render of the scene {settings.scene!r}"
    if report.messages:
        raise RenderError(f"{whose} failed: {' '.join(report.messages)}", frames=written, files=there)
    if missing:
        raise RenderError(f"{whose} left an empty or no file at {missing[0]}", frames=written, files=there)
    if report.is_complete:
        return RenderResult(written, tuple(there), report.seconds)
    progress = f"after {len(written)} of {len(frames)} frames"
    if "render_cancel" in report.events:
        check_folder(next(iter(files.values()))[0].parent, str(settings.filepath))
        raise RenderCancelled(f"{whose} was cancelled in Blender {progress}", frames=written, files=there)
    raise RenderError(f"{whose} ended {progress}, and Blender does not say why", frames=written, files=there)
