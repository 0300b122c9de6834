"""A render from its request to its result, step by step.

1. `render` waits in the queue, and finds again what the request names.
2. The settings are resolved for the scene, once, and applied: `settings/validate.py`, `settings/apply.py`.
3. `make_plan` decides which frames are rendered, and checks that their files can be written: `plan.py`.
4. `Rendering` renders each range of frames by one job of Blender's: `jobs/render_job.py`.
5. `OutputLog` has the files checked while Blender renders on: `output_log.py`.
6. The outcome of each job is judged: `verdict.py`. The scene has its own settings again, on every path.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from heapq import merge
from itertools import filterfalse
from time import perf_counter
from typing import Any

from ...loop.shielded import cancel_and_wait
from ...render.activity import Activity, activities
from ...render.errors import RenderError
from ...render.frames import MAX_FRAME
from ...render.progress import FRAME_FAILED, Frame, JobEvent, Progress
from ...render.result import RenderResult
from ..host.long_work import Slices, call_in_worker_thread
from ..jobs.cancel import jobs_gone
from ..jobs.outcome import JobOutcome
from ..jobs.queue import render_turn
from ..jobs.render_job import FRAME_INTERVAL, run_job
from ..settings.apply import applied
from ..settings.frame_range import listed, range_of
from ..settings.scenes import found_again
from ..settings.still_files import still_settings
from ..settings.validate import resolve
from .blocked_scripts import warnings_of_render
from .output_log import OutputLog, nothing_to_stop
from .output_path_watch import OutputPathWatch
from .plan import Plan, make_plan
from .request import Request
from .staging import staged
from .verdict import Facts, damage_of, failure_of


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who follows a render. The functions are called on the main thread.

    Attributes:
        on_frame: called with each frame that is written and complete; None: nobody waits for frames.
        on_progress: called with what is known, whenever events have come.
        on_plan: called with the plan, before the first frame.
    """

    on_frame: Callable[[Frame], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    on_plan: Callable[[Plan], None] | None = None


NOBODY = Listener()


async def render(request: Request, listener: Listener = NOBODY) -> tuple[RenderResult, Plan]:
    """Render when it is the request's turn, and check the files.

    Args:
        request: what is rendered.
        listener: somebody who follows the render.

    Returns:
        The result, and the plan that was made for it.

    Raises:
        RenderError: as `render_animation` says.
    """
    async with planned(request) as (plan, activity):
        if listener.on_plan is not None:
            listener.on_plan(plan)
        rendering = Rendering(plan, activity, listener)
        await rendering.run()
    return rendering.result(), plan


@asynccontextmanager
async def planned(request: Request) -> AsyncIterator[tuple[Plan, Activity]]:
    """Hold Blender's one render for the `async with` block, in which the scene has the settings of the request.

    Args:
        request: what is rendered.

    Yields:
        The plan, and the activity that shows the render.

    Raises:
        RenderError: the settings cannot work, or files cannot be written there.
    """
    with request.waiting():
        async with render_turn(request.name) as activity:
            scene, settings = request.found_again()
            if settings.frames is not None and request.still is None:
                await call_in_worker_thread(listed, settings.frames, *range_of(scene, settings))
                scene, settings = request.found_again()
            still = None if request.still is None else request.still.of(scene)
            if still is not None:
                settings = still_settings(settings, still.number)
            resolved = resolve(scene, settings, first=-MAX_FRAME if still is not None and still.is_image else 0)
            with applied(scene, settings, resolved.changes):
                still = still and still.in_settings_of(scene)
                yield await make_plan(request, scene, settings, resolved.frames, still), activity


class Rendering:
    """A render while it runs.

    Args:
        plan: what is rendered.
        activity: what the panel shows.
        listener: somebody who follows the render.
    """

    def __init__(self, plan: Plan, activity: Activity, listener: Listener) -> None:
        self._plan = plan
        self._activity = activity
        self._listener = listener
        self._log = OutputLog(plan.output, self._on_checked)
        self._progress = Progress(plan.frames, plan.output.files, self._log.is_there)
        self._path_watch: OutputPathWatch | None = None
        self._seconds = 0.0

    async def run(self) -> None:
        """Render each range of frames by a job of its own."""
        self._activity.folder = self._plan.output.folder if self._plan.output.is_kept else None
        self._activity.frames_total = len(self._plan.frames)
        try:
            for frames, overwrites in self._plan.ranges():
                await jobs_gone()  # between two ranges the user may have started one
                await self._render_range(frames, overwrites)
        finally:
            self._log.cancel()
        if self._log.damaged:
            raise damage_of(self._log.damaged, self._plan.whose(), self._facts(), self._elsewhere)

    def result(self) -> RenderResult:
        """Return the result of a render that has ended well."""
        done = {frame.number: frame.seconds for frame in self._progress.done}
        skipped: Iterable[int] = self._plan.skipped
        if self._log.left_to_others:
            skipped = merge(skipped, self._log.left_to_others)
        warnings = warnings_of_render(self._plan.whose()) if done else ()
        return RenderResult(
            tuple(done),
            tuple(self._log.complete),
            self._seconds,
            done,
            tuple(skipped),
            warnings,
            frame_files=self._plan.output.files if skipped else {},
        )

    async def _render_range(self, frames: range, overwrites: bool) -> None:
        plan, before = self._plan, len(self._progress.done)
        end = plan.frames.index(frames[-1]) + 1

        def on_events(events: Sequence[JobEvent]) -> float | None:
            watch.poll()
            stage.move_opened()
            self._receive(events)
            return self._progress.seconds_until(end)

        scene = found_again(plan.scene)
        with plan.job_prepared(scene, frames, overwrites) as request:
            async with staged(plan.output, scene, lambda: len(self._progress.done) > before) as stage:
                self._path_watch = watch = OutputPathWatch(found_again(plan.scene))
                if self._listener.on_frame is not None:
                    request = replace(request, interval=FRAME_INTERVAL)
                outcome = await self._unless_disk_is_full(run_job(request, on_events, stage.clear))
                stage.is_complete = outcome.is_complete and not outcome.messages
        self._seconds += outcome.seconds
        await self._log.record_staged(stage)
        self._show()
        if not outcome.is_cancelled and not outcome.messages and len(self._progress.done) - before < len(frames):
            recorded = {frame.number for frame in self._progress.done[before:]}
            await self._add_frames_without_events(filterfalse(recorded.__contains__, frames), outcome.is_complete)
        await self._log.checked()
        self._judge(outcome, expected=len(frames), done=len(self._progress.done) - before)

    async def _unless_disk_is_full(self, job: Coroutine[Any, Any, JobOutcome]) -> JobOutcome:
        """Wait for the job; stop it when its folder takes no files any more: Blender would render on for nothing."""
        # A task of its own: a cancel of the job does not cancel the task that waits for this render.
        running = asyncio.get_running_loop().create_task(job, name="async_render job")
        self._log.stop_job = running.cancel
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            await cancel_and_wait(running)
            raise
        finally:
            self._log.stop_job = nothing_to_stop
        if running.cancelled() and self._log.disk_error is not None:
            await self._log.checked()
            raise RenderError(f"{self._plan.whose()} was stopped: {self._log.disk_error}", **self._facts())
        return running.result()

    def _receive(self, events: Iterable[JobEvent]) -> None:
        for event in events:
            if event.name == FRAME_FAILED:
                self._log.remove_files(self._progress.pass_frame(event.at))
            elif (frame := self._progress.record(event)) is not None:
                self._log.add(frame)
        if self._listener.on_progress is not None:
            self._listener.on_progress(self._progress)
        self._show()

    def _on_checked(self, frame: Frame, is_complete: bool) -> None:
        if is_complete and self._listener.on_frame is not None:
            self._listener.on_frame(frame)
        if not self._plan.output.is_staged:  # other frames are shown with their events
            self._show()

    async def _add_frames_without_events(self, frames: Iterable[int], is_complete: bool) -> None:
        """Add the frames of which no event came: other add-ons clear the lists of handlers, and Blender renders on."""
        slices = Slices()
        for frame in frames:
            await slices.between()
            if self._plan.output.is_shared:  # another computer has the frame
                if is_complete:
                    self._log.leave_to_others(frame)
                continue
            files = self._plan.output.files[frame]
            if not is_complete and await call_in_worker_thread(self._log.has_damage, files):
                return
            self._receive([JobEvent("render_write", perf_counter())])

    def _show(self) -> None:
        """Show in the activity what is known."""
        progress, activity = self._progress, self._activity
        activity.frames_done, activity.frame = len(progress.done), progress.frame
        activity.fraction, activity.eta = progress.fraction, progress.eta
        activity.last_file = self._log.complete[-1] if self._log.complete and self._plan.output.is_kept else None
        activities.changed()

    def _judge(self, outcome: JobOutcome, expected: int, done: int) -> None:
        """Raise the exception that describes why a job did not render all its frames; return if it did."""
        log, whose = self._log, self._plan.whose()
        if (outcome.is_complete or done == expected) and not outcome.is_cancelled and not outcome.messages:
            if log.disk_error is not None and log.damaged:
                raise RenderError(f"{whose} failed: {log.disk_error}", **self._facts())
            return
        disk_error = None if self._plan.output.is_movie else log.disk_problem()
        elsewhere = self._elsewhere() if self._path_watch is not None and self._path_watch.is_changed else ""
        after = f"after {done} of {expected} frames"
        raise failure_of(outcome, whose, after, self._facts(), disk_error=disk_error, elsewhere=elsewhere)

    def _elsewhere(self) -> str:
        return "" if self._path_watch is None else self._path_watch.explanation()

    def _facts(self) -> Facts:
        frames = tuple(frame.number for frame in self._progress.done)
        return {"frames": frames, "files": tuple(self._log.complete), "frame": self._progress.missing}
