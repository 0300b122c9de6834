"""`render_viewport`: an animation as the 3D view shows it (playblast)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

import bpy

from ...output.folders import check_frame_files
from ...output.frame_files import FrameFiles
from ...output.integrity import find_damage, is_written
from ...output.resume import existing_frames
from ...render.call_settings import settings_with
from ...render.errors import OutputError, RenderCancelled, RenderError, quoted
from ...render.frame_list import FrameList
from ...render.result import RenderResult
from ...render.setting_fields import SettingsFields
from ...render.settings import RenderSettings
from ..datablocks import by_uid
from ..handler_lists import add_handler, remove_handler
from ..host.host import get_host
from ..host.long_work import call_in_worker_thread
from ..host.own_loop import require_own_loop
from ..jobs.cancel import stop_job
from ..jobs.queue import render_turn
from ..operators.call import label_of, run_operator
from ..operators.pending_call import OperatorRequest
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
"""The operator that renders a viewport."""


async def render_viewport(
    settings: RenderSettings | None = None, *, view_context: bool = True, **fields: Unpack[SettingsFields]
) -> RenderResult:
    """Render the animation of the window's scene as *View > Viewport Render Animation* does.

    Blender draws each frame on the main thread, and the window lives between two frames. When the task is cancelled the
    render stops after the frame that Blender draws now.

    Args:
        settings: the settings in which the render differs from the scene; None: none. The scene has to be the window's.
        view_context: whether the pictures look as the largest 3D view; False: the scene's camera, in solid shading.
        **fields: fields of `RenderSettings`, alone or on top of `settings`.

    Returns:
        The frames, their files (each was checked, to its end) and the seconds.

    Raises:
        RenderError: the settings cannot work, or Blender has no window: nothing draws a viewport then.
        RenderCancelled: the user pressed Esc.
        OutputError: a file is not complete.

    Example:
        >>> await ar.render_viewport(filepath="//playblast/####", frame_end=24)
    """
    require_own_loop("ar.render_viewport()")
    if bpy.app.background:
        raise RenderError("render_viewport needs Blender's window: nothing draws a viewport without it")
    request = Request.of(settings_with(settings, fields))
    with request.waiting():
        async with render_turn(label_of(bpy.ops.render.opengl)) as activity:
            scene, settings = request.found_again()
            frames = _checked_frames(scene, settings)
            display = settings.render_display_type or options.render_display
            name = scene.name
            area = "VIEW_3D" if view_context else None
            with applied(scene, _whole_range(scene, settings)), render_display(display):
                drawing = await _Drawing.of(scene, frames)
                activity.folder = drawing.folder
                with drawing.counting():
                    result = await run_operator(
                        OperatorRequest(
                            bpy.ops.render.opengl,
                            "INVOKE_DEFAULT",
                            {"animation": True, "view_context": view_context},
                            context=lambda: where_shown(found_again(request.scene), area),
                        ),
                        stop=_stop(request.scene),
                    )
            return await drawing.result(name, result.seconds)


def _checked_frames(scene: bpy.types.Scene, settings: RenderSettings) -> FrameList:
    where_shown(scene)
    if settings.frames is not None:
        raise RenderError(
            f"frames={quoted(settings.frames)}: a viewport render has one range; use frame_start and frame_end"
        )
    return resolve(scene, settings).frames


class _Drawing:
    """The frames of a viewport render: which are drawn, and which of their files are complete.

    Args:
        files: the files of the frames that Blender has to draw.
        skipped: the frames that are left out, since their files exist.
        begin: the time when the render began, by the clock of the files' disk.
        any_format: as `find_damage` takes it.
    """

    def __init__(self, files: FrameFiles, skipped: FrameList, begin: float, any_format: bool) -> None:
        self._all_files = files
        self._files = files.of(files.frames.without(skipped))
        self._frames = self._files.frames
        self._skipped = skipped
        self._begin = begin
        self._any_format = any_format
        self._drawn = 0

    @classmethod
    async def of(cls, scene: bpy.types.Scene, frames: FrameList) -> _Drawing:
        """Check the folder, and leave out the frames that Blender will leave out."""
        files, skipped, render = files_of_frames(scene, frames), FrameList(), scene.render
        # With several views Blender asks for a name that no view has, and so leaves no frame out:
        # `screen_opengl_render_anim_step` in source/blender/editors/render/render_opengl.cc.
        keeps = not render.use_overwrite and not render.is_movie_format and len(files.patterns) == 1
        begin = await call_in_worker_thread(check_frame_files, files, render.filepath)
        if keeps:
            skipped = (await call_in_worker_thread(existing_frames, files)).complete
        return cls(files, skipped, begin, not render.use_file_extension)

    @property
    def folder(self) -> Path | None:
        """The folder of the files."""
        return min((file.parent for file in self._files.extremes), default=None)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the frames that are drawn inside the `with` block: a movie that Esc has ended is a complete file."""

        def count(*_: object) -> None:
            self._drawn += 1

        add_handler("frame_change_post", count)
        try:
            yield
        finally:
            remove_handler("frame_change_post", count)

    async def result(self, scene: str, seconds: float) -> RenderResult:
        """Return the result, when all files are there and complete.

        Args:
            scene: the scene's name, for messages.
            seconds: seconds that the render took.

        Raises:
            RenderCancelled: files are missing.
            OutputError: files are not complete.
        """
        drawn = self._files.of(FrameList.of(self._frames[: self._drawn + 1]))
        files, found = await call_in_worker_thread(self._check, drawn)
        there = list(found)
        done = self._frames[: len(there) if len(files) == len(drawn) else self._drawn]
        if len(there) < len(files) or self._drawn < len(self._frames):
            message = f"the viewport render ended in Blender after {len(done)} of {len(self._frames)} frames"
            raise RenderCancelled(f"{message}, by Esc or an error", frames=done, files=there)
        damaged = {file: why for file, why in found.items() if why is not None}
        if damaged:
            file, why = next(iter(damaged.items()))
            complete = [file for file in there if file not in damaged]
            raise OutputError(f"the viewport render: {file} {why}", damaged=damaged, frames=done, files=complete)
        skipped, warnings = tuple(self._skipped), warnings_of_render(f"the render of the scene {scene!r}")
        frame_files = self._all_files if skipped else {}
        return RenderResult(
            tuple(self._frames), tuple(there), seconds, skipped=skipped, warnings=warnings, frame_files=frame_files
        )

    def _check(self, drawn: FrameFiles) -> tuple[list[Path], dict[Path, str | None]]:
        """Return the files that must be there now, and what is wrong with each that is there. On a thread.

        A movie is one file of all frames.
        """
        files = list(dict.fromkeys(file for of_frame in drawn.values() for file in of_frame))
        return files, {
            file: find_damage(file, any_format=self._any_format) for file in files if is_written(file, self._begin)
        }


def _whole_range(scene: bpy.types.Scene, settings: RenderSettings) -> RenderSettings:
    """Return the settings without the preview range, which would win over the scene's frames here.

    The range is set in any case: `_stop` changes its end, and so the end is restored.
    """
    start = scene.frame_start if settings.frame_start is None else settings.frame_start
    end = scene.frame_end if settings.frame_end is None else settings.frame_end
    overrides = {**(settings.overrides or {}), "use_preview_range": False}
    return settings.replace(frame_start=start, frame_end=end, overrides=overrides)


def _stop(known: KnownScene) -> Callable[[], Awaitable[None]]:
    """Return the function that stops the render of this scene."""
    later = LaterRenders()

    def is_ours() -> bool:
        """Return whether Blender's render job is this render, and not a render that the user has started meanwhile."""
        return is_job_running("RENDER") and bool(modal_operators(NAME)) and not later.there_are()

    async def gone() -> None:
        while is_ours():
            await get_host().next_turn()

    async def stop() -> None:
        """Stop the render after the frame that is drawn.

        From 5.0 on the render is a job, and asks for the flag. Before, it asks for the scene's last frame after each
        frame: `screen_opengl_render_anim_step` in source/blender/editors/render/render_opengl.cc.
        """
        if is_ours():
            with BreakFlag() as flag:
                await stop_job(gone(), flag, is_ours)
        elif (scene := by_uid(bpy.data.scenes, known.uid)) is not None:
            set_for_job(scene, "frame_end", scene.frame_start)

    return stop
