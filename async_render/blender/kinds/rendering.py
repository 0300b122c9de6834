"""One render, from its request to its result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import nullcontext
from heapq import merge
from itertools import filterfalse
from pathlib import Path
from time import perf_counter
from typing import Any

import bpy

from ...loop.shielded import end
from ...output.folders import check_destinations, check_folder, check_frame_files, disk_is_full
from ...output.frame_files import FrameFiles
from ...output.integrity import FROM_BEFORE, MISSING, find_damage, is_written
from ...output.replacing import Stage
from ...output.resume import existing_frames, missing_frames
from ...render.activity import Activity, activities
from ...render.errors import OutputError, RenderError
from ...render.frame_list import FrameList
from ...render.frames import MAX_FRAME
from ...render.progress import FRAME_FAILED, Frame, JobEvent, Progress
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from ..host.long_work import Slices, call_in_worker_thread
from ..jobs.cancel import jobs_gone
from ..jobs.outcome import JobOutcome
from ..jobs.queue import render_turn
from ..jobs.render_job import FRAME_INTERVAL, POLL_INTERVAL, JobRequest, run_job
from ..options import options
from ..settings.apply import applied
from ..settings.output_paths import StillFiles, files_of_frames, still_files, still_settings
from ..settings.scenes import found_again
from ..settings.validate import listed, range_of, resolve
from .blocked_scripts import warnings_of_render
from .frame_checks import Damaged, FrameLooks
from .output_path_watch import PathWatch
from .request import Request
from .staging import staged
from .still_frame import StillFrame
from .verdict import Facts, failure_of

log = logging.getLogger("async_render")


class Rendering:
    """A render that was asked for.

    Args:
        settings: what shall be otherwise than in the scene.
        resume: whether frames whose files are whole are left out.
        still: that it is one; None: an animation.
        on_frame: called on the main thread for each frame that is written.
        on_progress: called on the main thread when there is news, with what is known.

    Raises:
        RenderError: there is no such scene.
    """

    def __init__(
        self,
        settings: RenderSettings | None,
        *,
        resume: bool = False,
        still: StillFrame | None = None,
        on_frame: Callable[[Frame], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._request = Request(settings or RenderSettings())
        self._settings = self._request.settings
        self._resume = resume
        self.still = still
        self._interval = POLL_INTERVAL if on_frame is None else FRAME_INTERVAL
        self._on_frame = on_frame or (lambda _frame: None)
        self._on_progress = on_progress or (lambda _progress: None)
        self._activity: Activity
        self._skipped = self._partial = FrameList()
        self._left_to_others: list[int] = []
        self._is_shared = False
        """Whether other computers may render into the same folder."""
        self._looks = FrameLooks(self._damage_of, self._after_look)
        self._damaged: dict[Path, str] = {}
        self._whole: list[Path] = []
        self._seconds = 0.0
        self._is_movie = False
        self._done: dict[int, float] = {}
        self._files: Mapping[int, tuple[Path, ...]] = {}
        self._still_files: StillFiles | None = None
        self._begin = 0.0
        self._path = ""
        self._any_format = False
        """Whether a file may have another format than its name tells."""
        self._disk_error: RenderError | None = None
        self._path_watch: PathWatch | None = None
        self._stop_job: Callable[[], object] = _nothing

    async def run(self) -> RenderResult:
        """Wait until it is its turn, render, and look at the files."""
        with self._request.waiting():
            async with render_turn(self._settings.segment or str(self._settings.scene)) as self._activity:
                try:
                    return await self._render()
                finally:
                    self._looks.cancel()

    async def _render(self) -> RenderResult:
        scene, settings = self._request.found_again()
        if settings.frames is not None and self.still is None:
            await call_in_worker_thread(listed, settings.frames, *range_of(scene, settings))
            scene, settings = self._request.found_again()
        self._settings = settings
        if self.still is not None:
            self.still = self.still.of(scene)
            settings = still_settings(settings, self.still.number)
        resolved = resolve(scene, settings, first=self._first)
        with applied(scene, settings, resolved.changes):
            self._is_movie = bool(scene.render.is_movie_format)
            self._any_format = not scene.render.use_file_extension
            if self.still is None:
                files = files_of_frames(scene, resolved.frames)
            else:
                self._still_files = still_files(scene, self.still.number, is_image=self._is_image)
                files = self._still_files.of(resolved.frames)
            self._files = files
            await self._check_files(scene, files)
            left = await self._left_to_render(self.scene(), files)
            self._progress = Progress(left, self._files, self._is_there)
            if left:
                await self._render_frames(left)
        skipped = tuple(merge(self._skipped, self._left_to_others)) if self._left_to_others else tuple(self._skipped)
        warnings = warnings_of_render(str(self._settings.scene)) if self._done else ()
        return RenderResult(tuple(self._done), tuple(self._whole), self._seconds, self._done, skipped, warnings)

    @property
    def _first(self) -> int:
        """The first frame that can be rendered."""
        return -MAX_FRAME if self._is_image else 0

    @property
    def _is_image(self) -> bool:
        """Whether it takes Blender's *Render Image*."""
        return self.still is not None and self.still.is_image

    def scene(self) -> bpy.types.Scene:
        """The scene, which may have been renamed while this waited; a `RenderError` says that it is gone."""
        scene = found_again(self._request.scene)
        if scene.name != self._settings.scene:
            self._settings = self._settings.replace(scene=scene.name)
        return scene

    def forget_files(self) -> None:
        """They were for us alone, and are gone."""
        self._activity.folder = self._activity.last_file = None
        activities.changed()

    async def _check_files(self, scene: bpy.types.Scene, files: FrameFiles) -> None:
        if self._is_movie and self.still is not None:
            file_format = scene.render.image_settings.file_format
            raise RenderError(f"file_format={file_format!r} is a movie; a still needs the format of a picture")
        self._path = str(self._settings.filepath or scene.render.filepath)
        if self.still is not None:
            self._begin = await call_in_worker_thread(check_destinations, files.extremes, self._path)
        else:
            self._begin = await call_in_worker_thread(check_frame_files, files, self._path)
        if self._is_movie and self._resume:
            raise RenderError("resume=True: a movie cannot be resumed; render pictures, or leave resume out")
        self._activity.folder = min(file.parent for file in files.extremes)

    async def _left_to_render(self, scene: bpy.types.Scene, files: FrameFiles) -> FrameList:
        left = files.frames
        if self._resume:
            missing = await call_in_worker_thread(missing_frames, files, any_format=self._any_format)
            for frame, reason in missing.reasons.items():
                log.info("resume: frame %d is rendered, %s", frame, reason)
            log.info("resume: %d of %d frames are rendered", len(missing.frames), len(left))
            left, self._skipped = missing.frames, missing.complete
        elif not (scene.render.use_overwrite or self._is_movie or self.still is not None):
            # Blender leaves out what exists by itself, and calls no handler for it.
            self._is_shared = True
            existing = await call_in_worker_thread(existing_frames, files)
            for frame in existing.partial:
                log.info("frame %d is rendered although it has files: not each of its views has one", frame)
            self._skipped, self._partial = existing.complete, existing.partial
            left = await call_in_worker_thread(left.without, existing.complete)
        if self._is_movie and len(left.ranges) > 1:
            raise RenderError(f"frames={self._settings.frames!r} has gaps; a movie is one range of frames")
        self._activity.frames_total = len(left)
        return left

    async def _render_frames(self, frames: FrameList) -> None:
        """Render each run of frames by a job of its own: Blender knows a range and a step, and no lists."""
        for run, is_partial in frames.parted(self._partial):
            await jobs_gone()  # between two ranges the user may have started one
            await self._render_run(self.scene(), run, overwrites=self._resume or is_partial)
        if self._damaged:
            file, why = next(iter(self._damaged.items()))
            others = f", and {len(self._damaged) - 1} more files are not whole" if len(self._damaged) > 1 else ""
            if self._path_watch is not None and why in {MISSING, FROM_BEFORE}:
                others += self._path_watch.explanation()
            raise OutputError(f"{self._whose()}: {file} {why}{others}", damaged=self._damaged, **self._facts())

    async def _render_run(self, scene: bpy.types.Scene, run: range, overwrites: bool) -> None:
        still = self._still_files
        overrides = None if still is None else still.overrides
        range_settings = RenderSettings(
            scene=scene.name, use_overwrite=True if overwrites else None, overrides=overrides
        )
        if not self._is_image:
            range_settings = range_settings.replace(frame_start=run.start, frame_end=run[-1], frame_step=run.step)
        display = self._settings.render_display_type or options.render_display
        before = len(self._progress.done)
        end = self._progress.frames.index(run[-1]) + 1

        def take_in(events: Sequence[JobEvent]) -> float | None:
            watch.look()
            stage.move_opened()
            self._take_in(events)
            return self._progress.seconds_until(end)

        def has_frames() -> bool:
            return len(self._progress.done) > before

        frame = nullcontext() if self.still is None else self.still.shown_in(scene)
        with applied(scene, range_settings), frame:
            async with staged(scene, still, self._any_format, has_frames) as stage:
                self._path_watch = watch = PathWatch(self.scene())
                request = JobRequest(self._request.scene, display, self._interval, self._is_image)
                job = run_job(request, take_in, stage.clear)
                report = await self._unless_disk_is_full(job)
                stage.is_complete = report.is_complete and not report.messages
        self._seconds += report.seconds
        await self._look_at_staged(stage)
        if not report.is_cancelled and not report.messages and len(self._progress.done) - before < len(run):
            heard = {frame.number for frame in self._progress.done[before:]}
            await self._take_in_unheard(filterfalse(heard.__contains__, run), report.is_complete)
        await self._looks.finished()
        self._judge(report, expected=len(run), done=len(self._progress.done) - before)

    async def _unless_disk_is_full(self, job: Coroutine[Any, Any, JobOutcome]) -> JobOutcome:
        """Wait for the job; stop it when its folder takes no files any more: Blender would render on for nothing."""
        # A task of its own: who cancels it, however often, does not cancel whoever waits for this render.
        running = asyncio.get_running_loop().create_task(job, name="async_render job")
        self._stop_job = running.cancel
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            await end(running)
            raise
        finally:
            self._stop_job = _nothing
        if running.cancelled() and self._disk_error is not None:
            await self._looks.finished()
            raise RenderError(f"{self._whose()} was stopped: {self._disk_error}", **self._facts())
        return running.result()

    def _look_at_disk(self) -> RenderError | None:
        """After a file was not whole: what is wrong with its folder, when that is the reason."""
        if self._activity.folder is None:
            return None
        sizes = [file.stat().st_size for file in self._whole[-1:] if file.exists()]
        try:
            check_folder(self._activity.folder, self._path, *sizes)
        except RenderError as error:
            return error
        return None

    async def _look_at_staged(self, stage: Stage) -> None:
        self._damaged |= stage.damaged
        files: Sequence[Path] = stage.partial
        if stage.is_complete:
            files = [place for place in stage.expected if place not in stage.damaged]
        self._note(files, await call_in_worker_thread(self._damage_of, files))
        self._show()

    def _take_in(self, events: Sequence[JobEvent]) -> None:
        """Note what the handlers told."""
        for event in events:
            self._hear(event)
        self._on_progress(self._progress)
        self._show()

    def _hear(self, event: JobEvent) -> None:
        if event.name == FRAME_FAILED:
            self._disown(self._progress.pass_frame(event.at))
            return
        frame = self._progress.record(event)
        if frame is None:
            return
        self._done[frame.number] = frame.seconds
        if self._is_movie or self.still is not None:  # they are looked at when they are put in their places
            self._on_frame(frame)
            self._stop_when(self._is_movie and disk_is_full(self._activity.folder))
        else:
            self._looks.add(frame)

    def _after_look(self, frame: Frame, damaged: Damaged) -> None:
        self._note(frame.files, damaged)
        if not damaged:
            self._on_frame(frame)
        self._stop_when(bool(damaged))
        self._show()

    def _stop_when(self, is_doubtful: bool) -> None:
        """Stop the job when the folder takes no files any more, which is asked only when there is a doubt."""
        if is_doubtful and self._disk_error is None and (error := self._look_at_disk()) is not None:
            self._disk_error = error
            self._stop_job()

    def _disown(self, frame: int | None) -> None:
        """Remove the files of a frame in which the engine has failed: a resumed render would take them for good."""
        if frame is None or self._is_movie or self.still is not None:
            return  # those are put in their places when all is well
        for file in self._files[frame]:
            log.warning("the engine has failed in frame %d: its file %s is removed", frame, file)
            file.unlink(missing_ok=True)

    async def _take_in_unheard(self, frames: Iterable[int], is_complete: bool) -> None:
        """Add the frames that no handler told of: other add-ons clear the lists, and Blender renders on."""
        slices = Slices()
        for frame in frames:
            await slices.between()
            if self._is_shared:  # another computer has them
                if is_complete:
                    self._leave_to_others(frame)
                continue
            damaged = {} if is_complete else await call_in_worker_thread(self._damage_of, self._files[frame])
            if damaged:
                return
            self._take_in([JobEvent("render_write", perf_counter())])

    def _leave_to_others(self, frame: int) -> None:
        """Blender has found a file of this frame, whoever has made it; where a view has none, nobody will render it."""
        gone = {
            file: "is missing, and Blender has left the frame out" for file in self._files[frame] if not file.exists()
        }
        self._damaged |= gone
        if not gone:
            self._left_to_others.append(frame)

    def _is_there(self, frame: int) -> bool:
        return not self._is_shared or all(is_written(file, self._begin) for file in self._files[frame])

    def _note(self, files: Sequence[Path], damaged: Damaged) -> None:
        """Note which files are whole, and what is wrong with the others."""
        self._damaged.update(damaged)
        self._whole += [file for file in files if file not in damaged]

    def _damage_of(self, files: Sequence[Path]) -> dict[Path, str]:
        """What is wrong with which of the files. Called on a thread."""
        return {file: why for file in files if (why := self._damage(file))}

    def _damage(self, file: Path) -> str | None:
        damage = find_damage(file, any_format=self._any_format)
        return damage or (None if is_written(file, self._begin) else FROM_BEFORE)

    def _show(self) -> None:
        """Tell the activity what is known."""
        progress, activity = self._progress, self._activity
        activity.frames_done, activity.frame = len(progress.done), progress.frame
        activity.fraction, activity.eta = progress.fraction, progress.eta
        activity.last_file = self._whole[-1] if self._whole else None
        activities.changed()

    def _judge(self, report: JobOutcome, expected: int, done: int) -> None:
        """Raise the error that describes why a job did not render all its frames; return if it did."""
        if (report.is_complete or done == expected) and not report.is_cancelled and not report.messages:
            if self._disk_error is not None and self._damaged:
                raise RenderError(f"{self._whose()} failed: {self._disk_error}", **self._facts())
            return
        disk_error = None if self._is_movie else self._look_at_disk()
        elsewhere = self._path_watch.explanation() if self._path_watch and self._path_watch.is_changed else ""
        after = f"after {done} of {expected} frames"
        raise failure_of(report, self._whose(), after, self._facts(), disk_error=disk_error, elsewhere=elsewhere)

    def _whose(self) -> str:
        return f"the render of the scene {self._settings.scene!r}"

    def _facts(self) -> Facts:
        return {"frames": tuple(self._done), "files": tuple(self._whole), "frame": self._progress.missing}


def _nothing() -> None:
    """No job runs that could be stopped."""
