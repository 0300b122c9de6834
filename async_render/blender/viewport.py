"""`render_viewport`: an animation as the 3D view shows it (playblast)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..render.activity import activities
from ..render.errors import OutputError, RenderCancelled, RenderError
from ..render.outputs import check_places, find_damage, is_written
from ..render.result import RenderResult
from ..render.settings import RenderSettings
from .applied import applied
from .callbacks import add_handler, remove_handler
from .display import render_display
from .host import get_host
from .operators import label_of, run_operator
from .options import options
from .outputs import files_of
from .scenes import check_settings, find_scene, frames_of
from .shown import shown
from .stop import free_for_render, stop_render_job
from .windows import is_job_running


async def render_viewport(settings: RenderSettings | None = None, *, view_context: bool = True) -> RenderResult:
    """Render the animation of the window's scene as *View > Viewport Render Animation* does.

    The window lives between two frames, which are drawn on the main thread. A cancelled task ends it after the frame
    that it is at.

    Args:
        settings: what shall be otherwise than in the scene; None: nothing. Its scene is that of the window.
        view_context: as the largest 3D view looks; False: by the scene's camera, in solid shading.

    Returns:
        The frames, their files (each was looked at, to its end) and the seconds it took.

    Raises:
        RenderError: it cannot work; without a window it never does, there is nothing that draws.
        RenderCancelled: the user pressed Esc.
        OutputError: a file is not whole.

    Example:
        >>> await ar.render_viewport(ar.RenderSettings(filepath="//playblast/####", frame_end=24))
    """
    if bpy.app.background:
        raise RenderError("render_viewport needs Blender's window: nothing draws a viewport without it")
    settings = settings or RenderSettings()
    host = get_host()
    with shown(label_of(bpy.ops.render.opengl)) as activity:
        async with host.render_lock:
            await free_for_render()
            activities.start(activity)
            scene = find_scene(settings.scene)
            _check(scene, settings)
            display = settings.render_display_type or options.render_display
            with applied(scene, _whole_range(scene, settings)), render_display(display):
                plan = _Plan(scene, frames_of(scene, settings))
                activity.folder = plan.folder
                with plan.counting():
                    result = await run_operator(
                        bpy.ops.render.opengl,
                        "INVOKE_DEFAULT",
                        {"animation": True, "view_context": view_context},
                        area="VIEW_3D" if view_context else None,
                        stop=_stop(scene.name),
                    )
        return plan.result(result.seconds)


def _check(scene: bpy.types.Scene, settings: RenderSettings) -> None:
    if scene != bpy.context.scene:
        raise RenderError(f"scene={scene.name!r} is not shown in the window; a viewport render needs it there")
    if settings.frames is not None:
        raise RenderError(f"frames={settings.frames!r}: a viewport render has one range; use frame_start and frame_end")
    check_settings(scene, settings)


class _Plan:
    """What a viewport render shall write, made right before it starts."""

    def __init__(self, scene: bpy.types.Scene, frames: tuple[int, ...]) -> None:
        files = {frame: files_of(scene, frame) for frame in frames}
        keeps = not scene.render.use_overwrite and not scene.render.is_movie_format
        self._skipped = tuple(frame for frame in frames if keeps and all(file.exists() for file in files[frame]))
        kept = set(self._skipped)
        self._frames = tuple(frame for frame in frames if frame not in kept)
        # A movie is the one file of all frames.
        self._files = tuple(dict.fromkeys(file for frame in self._frames for file in files[frame]))
        self._begin = check_places(self._files, scene.render.filepath)
        self._drawn = 0

    @property
    def folder(self) -> Path | None:
        """Where the files will be."""
        return min((file.parent for file in self._files), default=None)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the frames that are drawn inside the `with` block: a movie that Esc has ended looks whole."""

        def count(*_: object) -> None:
            self._drawn += 1

        add_handler("frame_change_post", count)
        try:
            yield
        finally:
            remove_handler("frame_change_post", count)

    def result(self, seconds: float) -> RenderResult:
        """What is on disk, when it is all there.

        Raises:
            RenderCancelled: files are missing.
            OutputError: files are not whole.
        """
        there = [file for file in self._files if is_written(file, self._begin)]
        done = self._frames[: len(there) if len(self._files) == len(self._frames) else self._drawn]
        if len(there) < len(self._files) or self._drawn < len(self._frames):
            message = f"the viewport render ended in Blender after {len(done)} of {len(self._frames)} frames"
            raise RenderCancelled(f"{message}, by Esc or an error", frames=done, files=there)
        damaged = {file: why for file in there if (why := find_damage(file)) is not None}
        if damaged:
            file, why = next(iter(damaged.items()))
            whole = [file for file in there if file not in damaged]
            raise OutputError(f"the viewport render: {file} {why}", damaged=damaged, frames=done, files=whole)
        return RenderResult(self._frames, self._files, seconds, skipped=self._skipped)


def _whole_range(scene: bpy.types.Scene, settings: RenderSettings) -> RenderSettings:
    """Without the preview range, which would win over the scene's frames here. The range is given in any case: what
    stops the render sets its end, see `_stop`."""
    start = scene.frame_start if settings.frame_start is None else settings.frame_start
    end = scene.frame_end if settings.frame_end is None else settings.frame_end
    overrides = {**(settings.overrides or {}), "use_preview_range": False}
    return settings.replace(frame_start=start, frame_end=end, overrides=overrides)


def _stop(scene: str) -> Callable[[], Awaitable[None]]:
    async def stop() -> None:
        """From 5.x on it is a render job. Before, it looks at the scene's last frame after each frame.

        `screen_opengl_render_anim_step` in source/blender/editors/render/render_opengl.cc.
        """
        if is_job_running("RENDER"):
            await stop_render_job()
        elif scene in bpy.data.scenes:
            found = bpy.data.scenes[scene]
            found.frame_end = found.frame_start

    return stop
