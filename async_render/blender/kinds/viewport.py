"""`render_viewport`: an animation as the 3D view shows it (playblast)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ...output.folders import check_frame_files
from ...output.frame_files import FrameFiles
from ...output.integrity import find_damage, is_written
from ...output.resume import existing_frames
from ...render.errors import OutputError, RenderCancelled, RenderError
from ...render.frame_list import FrameList
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from ..datablocks import by_uid
from ..handler_lists import add_handler, remove_handler
from ..host.host import get_host
from ..host.long_work import call_in_worker_thread
from ..jobs.cancel import stop_job
from ..jobs.queue import render_turn
from ..operators.call import label_of, run_operator
from ..options import options
from ..quirks.break_flag import BreakFlag
from ..settings.apply import applied
from ..settings.display import render_display
from ..settings.output_paths import files_of_frames
from ..settings.recovery import set_for_job
from ..settings.scenes import KnownScene, found_again
from ..settings.validate import resolve
from ..window.windows import LaterRenders, is_job_running, modal_operators, where_shown
from .blocked_scripts import warnings_of_render
from .request import Request

NAME = "RENDER_OT_opengl"


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
    request = Request.of(settings)
    with request.waiting():
        async with render_turn(label_of(bpy.ops.render.opengl)) as activity:
            scene, settings = request.found_again()
            frames = _checked_frames(scene, settings)
            display = settings.render_display_type or options.render_display
            name = scene.name
            area = "VIEW_3D" if view_context else None
            with applied(scene, _whole_range(scene, settings)), render_display(display):
                plan = await _Plan.made(scene, frames)
                activity.folder = plan.folder
                with plan.counting():
                    result = await run_operator(
                        bpy.ops.render.opengl,
                        "INVOKE_DEFAULT",
                        {"animation": True, "view_context": view_context},
                        stop=_stop(request.scene),
                        context=lambda: where_shown(found_again(request.scene), area),
                    )
            return await plan.result(name, result.seconds)


def _checked_frames(scene: bpy.types.Scene, settings: RenderSettings) -> FrameList:
    where_shown(scene)
    if settings.frames is not None:
        raise RenderError(f"frames={settings.frames!r}: a viewport render has one range; use frame_start and frame_end")
    return resolve(scene, settings).frames


class _Plan:
    """What a viewport render shall write, made right before it starts.

    Args:
        files: of the frames that shall be drawn.
        skipped: the frames that are left out, since their files are there.
        begin: what time it was where the files will be.
        any_format: as `find_damage` takes it.
    """

    def __init__(self, files: FrameFiles, skipped: FrameList, begin: float, any_format: bool) -> None:
        self._frames = files.frames
        self._files = files
        self._skipped = skipped
        self._begin = begin
        self._any_format = any_format
        self._drawn = 0

    @classmethod
    async def made(cls, scene: bpy.types.Scene, frames: FrameList) -> _Plan:
        """Look at the folder, and leave out what Blender will leave out."""
        files, skipped, render = files_of_frames(scene, frames), FrameList(), scene.render
        # Of views it looks for the name that none of them has, and leaves none out: `screen_opengl_render_anim_step`.
        keeps = not render.use_overwrite and not render.is_movie_format and len(files.patterns) == 1
        begin = await call_in_worker_thread(check_frame_files, files, render.filepath)
        if keeps:
            skipped = (await call_in_worker_thread(existing_frames, files)).complete
        return cls(files.of(frames.without(skipped)), skipped, begin, not render.use_file_extension)

    @property
    def folder(self) -> Path | None:
        """Where the files will be."""
        return min((file.parent for file in self._files.extremes), default=None)

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

    async def result(self, scene: str, seconds: float) -> RenderResult:
        """What is on disk, when it is all there.

        Raises:
            RenderCancelled: files are missing.
            OutputError: files are not whole.
        """
        drawn = self._files.of(FrameList.of(self._frames[: self._drawn + 1]))
        files, found = await call_in_worker_thread(self._look, drawn)
        there = list(found)
        done = self._frames[: len(there) if len(files) == len(drawn) else self._drawn]
        if len(there) < len(files) or self._drawn < len(self._frames):
            message = f"the viewport render ended in Blender after {len(done)} of {len(self._frames)} frames"
            raise RenderCancelled(f"{message}, by Esc or an error", frames=done, files=there)
        damaged = {file: why for file, why in found.items() if why is not None}
        if damaged:
            file, why = next(iter(damaged.items()))
            whole = [file for file in there if file not in damaged]
            raise OutputError(f"the viewport render: {file} {why}", damaged=damaged, frames=done, files=whole)
        skipped, warnings = tuple(self._skipped), warnings_of_render(f"the render of the scene {scene!r}")
        return RenderResult(tuple(self._frames), tuple(there), seconds, skipped=skipped, warnings=warnings)

    def _look(self, drawn: FrameFiles) -> tuple[list[Path], dict[Path, str | None]]:
        """The files that must be there by now, and what is wrong with each that is. A movie is the one file of all."""
        files = list(dict.fromkeys(file for of_frame in drawn.values() for file in of_frame))
        return files, {
            file: find_damage(file, any_format=self._any_format) for file in files if is_written(file, self._begin)
        }


def _whole_range(scene: bpy.types.Scene, settings: RenderSettings) -> RenderSettings:
    """Without the preview range, which would win over the scene's frames here. The range is given in any case: what
    stops the render sets its end, see `_stop`."""
    start = scene.frame_start if settings.frame_start is None else settings.frame_start
    end = scene.frame_end if settings.frame_end is None else settings.frame_end
    overrides = {**(settings.overrides or {}), "use_preview_range": False}
    return settings.replace(frame_start=start, frame_end=end, overrides=overrides)


def _stop(known: KnownScene) -> Callable[[], Awaitable[None]]:
    later = LaterRenders()

    def is_ours() -> bool:
        """Whether Blender's render job is ours, and not one that the user has started meanwhile."""
        return is_job_running("RENDER") and bool(modal_operators(NAME)) and not later.there_are()

    async def gone() -> None:
        while is_ours():
            await get_host().next_turn()

    async def stop() -> None:
        """From 5.x on it is a render job. Before, it looks at the scene's last frame after each frame.

        `screen_opengl_render_anim_step` in source/blender/editors/render/render_opengl.cc.
        """
        if is_ours():
            with BreakFlag() as flag:
                await stop_job(gone(), flag, is_ours)
        elif (scene := by_uid(bpy.data.scenes, known.uid)) is not None:
            set_for_job(scene, "frame_end", scene.frame_start)

    return stop
