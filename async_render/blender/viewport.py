"""`render_viewport`: an animation as the 3D view shows it (playblast)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import time

import bpy

from ..render.errors import OutputError, RenderCancelled, RenderError
from ..render.outputs import check_places, find_damage, is_written
from ..render.result import RenderResult
from ..render.settings import RenderSettings
from .applied import applied
from .display import render_display
from .host import get_host
from .operators import run_operator
from .options import options
from .outputs import files_of
from .scenes import check_settings, find_scene, frames_of
from .stop import job_gone, stop_render_job


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
    async with host.render_lock:
        await job_gone()
        scene = find_scene(settings.scene)
        _check(scene, settings)
        display = settings.render_display_type or options.render_display
        with applied(scene, settings), _whole_range(scene), render_display(display):
            frames = frames_of(scene, settings)
            plan = _Plan(scene, frames)
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
        check_places(self._files, scene.render.filepath)
        self._begin = time()

    def result(self, seconds: float) -> RenderResult:
        """What is on disk, when it is all there.

        Raises:
            RenderCancelled: files are missing.
            OutputError: files are not whole.
        """
        there = [file for file in self._files if is_written(file, self._begin)]
        if len(there) < len(self._files):
            done = f"after {len(there)} of {len(self._files)} files"
            raise RenderCancelled(f"the viewport render ended in Blender {done}, by Esc or an error", files=there)
        damaged = {file: why for file in there if (why := find_damage(file)) is not None}
        if damaged:
            file, why = next(iter(damaged.items()))
            raise OutputError(f"the viewport render: {file} {why}", damaged=damaged)
        return RenderResult(self._frames, self._files, seconds, skipped=self._skipped)


@contextmanager
def _whole_range(scene: bpy.types.Scene) -> Iterator[None]:
    """Without the preview range, which would win over the scene's frames here."""
    name, old = scene.name, scene.use_preview_range
    scene.use_preview_range = False
    try:
        yield
    finally:
        if name in bpy.data.scenes:
            bpy.data.scenes[name].use_preview_range = old


def _stop(scene: str) -> Callable[[], Awaitable[None]]:
    async def stop() -> None:
        """From 5.x on it is a render job. Before, it looks at the scene's last frame after each frame.

        `screen_opengl_render_anim_step` in source/blender/editors/render/render_opengl.cc.
        """
        if bpy.app.is_job_running("RENDER"):
            await stop_render_job()
        elif scene in bpy.data.scenes:
            found = bpy.data.scenes[scene]
            found.frame_end = found.frame_start

    return stop
