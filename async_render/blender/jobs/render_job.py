"""Blender's render job: at most one at a time, from its start until it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from typing import TypeAlias

import bpy

from ...loop.shielded import ended, to_the_end
from ...render.errors import CancelReason
from ...render.progress import FRACTION, FRAME_FAILED, JobEvent
from ..handler_lists import added_handlers
from ..host.host import BlenderHost
from ..quirks.break_flag import BreakFlag
from ..quirks.wm_jobs import frame_fraction
from ..settings.scenes import KnownScene, found_again
from ..window.reports import message_of
from ..window.windows import is_job_running
from .cancel import jobs_gone, stop_job
from .headless import loop_within_frames
from .render_operator import RenderOperator, call_render
from .samples import StatsHandler
from .viewports import viewports_drawn

LOOK_INTERVAL = 0.5
"""Seconds between two looks at what the handlers told, and whether the job is still there: not every end is told by a
handler. In 4.3 and 5.2 only `render_init` is called for a movie file that cannot be opened.

Short frames are taken in several at once, and the samples are listened to from each look to the first that is told:
each time that the main thread wakes up costs it 0.3 ms, and a render that keeps all cores busy waits for it."""

FRAME_INTERVAL = 0.2
"""The same where somebody waits for the frames: as often as Blender draws its status bar."""

SOON = 0.2
"""Seconds before the end that is expected from which on the loop does not rest. In 5.2 a job is gone 10–30 ms after its
last handler, and Blender draws its windows then: who sleeps over that turn hears of it after the drawing."""

_ENDS = ("render_complete", "render_cancel")
_TAKEN_AWAY = ("load_pre", "undo_pre", "redo_pre")
_HEARD = ("render_init", "render_pre", "render_write", *_ENDS, *_TAKEN_AWAY)
_URGENT = frozenset(("render_init", *_ENDS))
"""Those that are not left to the next look: the start and the end of the job."""

OnEvents: TypeAlias = "Callable[[Sequence[JobEvent]], float | None]"


@dataclass
class JobReport:
    """What is known of a job."""

    names: set[str] = field(default_factory=set)
    """Names of the handlers that were called."""
    messages: list[str] = field(default_factory=list)
    """The errors that Blender reported, as far as they can be read."""
    has_reports: bool = False
    """Whether it reported anything, readable or not."""
    has_successor: bool = False
    """Whether another render, which the user has started, ended it."""
    seconds: float = 0.0
    """From the start of the job until it was gone."""

    @property
    def is_complete(self) -> bool:
        """Whether Blender says that all is done."""
        return "render_complete" in self.names

    @property
    def is_cancelled(self) -> bool:
        """Whether Blender says that somebody or something ended it."""
        return "render_cancel" in self.names

    @property
    def reason(self) -> CancelReason:
        """What ended it, when it was cancelled without an error."""
        if "load_pre" in self.names:
            return "FILE_LOAD"
        if self.names & {"undo_pre", "redo_pre"}:
            return "UNDO"
        if self.has_successor:
            return "OTHER_RENDER"
        return "UNKNOWN" if self.has_reports else "ESC"


async def run_job(
    host: BlenderHost,
    scene: KnownScene,
    display: str,
    on_events: OnEvents,
    interval: float,
    *,
    is_image: bool = False,
    before_start: Callable[[], None] = lambda: None,
) -> JobReport:
    """Render the animation of a scene as it is set now, and wait until Blender's job is gone.

    When the task is cancelled the job is stopped, in the middle of a frame where that is possible; `CancelledError`
    comes out when the job is gone.

    Args:
        host: whose loop is used.
        scene: which one; it may be renamed until Blender's job begins.
        display: where Blender shows it, as `render_display_type`.
        on_events: called on the main thread with what the handlers have told since; answers in how many seconds
            the last frame of the job is written, None where that is not known.
        interval: seconds between two of these calls; they come sooner when the job begins or ends.
        is_image: whether the frame at which the scene stands is rendered, and no animation.
        before_start: called right before the job starts: it may have to wait for a render of the user's.

    Raises:
        RenderError: Blender did not start, or the scene is gone.
    """
    job = _Job(host, scene, on_events, interval, is_image)
    if not bpy.app.background:
        ended_by = await _ready(found_again(scene).render.engine)
        if ended_by:
            return JobReport(names={"render_cancel", *ended_by})
    before_start()
    begin = perf_counter()
    try:
        with job.listening():
            await (job.run_headless() if bpy.app.background else job.run_in_window(display))
    finally:
        job.report.seconds = perf_counter() - begin
    return job.report


async def _ready(engine: str) -> set[str]:
    """Wait until a job may begin; the names of the handlers that were called meanwhile, after which it must not.

    The scene is gone then, or has its own settings again.
    """
    called: set[str] = set()
    with added_handlers(_TAKEN_AWAY, lambda name, *_: called.add(name)):
        await viewports_drawn(engine)
        await jobs_gone()  # the user may have started one meanwhile
    return called


class _Job:
    """A job, from its start until it is gone."""

    def __init__(
        self, host: BlenderHost, scene: KnownScene, on_events: OnEvents, interval: float, is_image: bool
    ) -> None:
        self.report = JobReport()
        self._host = host
        self._scene = scene
        self._on_events = on_events
        self._interval = interval
        self._is_image = is_image
        self._operator: RenderOperator | None = None
        self._stats = StatsHandler(host, lambda *told: self._hear("render_stats", *told), interval)
        self._events: deque[JobEvent] = deque()
        self._ended = asyncio.Event()
        self._is_started = False
        self._is_woken = False
        self._has_next = False
        self._has_first_failed = False
        self._fraction: float | None = None
        self._end_expected = inf

    async def run_in_window(self, display: str) -> None:
        self._operator = operator = RenderOperator(found_again(self._scene).name, display, self._is_image)
        if operator.early_error is not None:
            self.report.messages.append(operator.early_error)
            self._has_first_failed = True
        try:
            await self._until_gone(operator)
        except asyncio.CancelledError:
            with BreakFlag() as flag:
                if self._is_running(operator):
                    flag.set()  # now: before the loop comes to anything else, Blender may draw for half a second
                # A job cannot be left alone: it renders with the settings that its scene has now.
                await to_the_end(lambda: stop_job(self._gone(operator), flag, lambda: self._is_running(operator)))
            raise
        if self.report.is_complete or (self.report.is_cancelled and not self.report.has_reports):
            return  # what anybody else has reported meanwhile is not the render's
        if self.report.has_reports:
            await operator.handed_over()
        self.report.messages += [message for message in operator.errors() if message not in self.report.messages]

    async def _until_gone(self, operator: RenderOperator) -> None:
        # The handlers are called before the job is gone (10–150 ms), and the next render cannot start until then.
        while is_job_running("RENDER"):
            if not self._ended.is_set():
                await self._ended.wait()
            elif self._is_over(operator):
                self.report.has_successor = True  # the user has started another render, which ended this one
                break
            else:
                await self._host.next_turn()
        self._take_in()  # what the last handlers told

    def _is_running(self, operator: RenderOperator) -> bool:
        """Whether Blender still renders for us: the job that it has may be one that the user has started meanwhile."""
        self._take_in()  # the end of ours may have been told already
        return is_job_running("RENDER") and not self._ended.is_set() and not self._is_over(operator)

    def _is_over(self, operator: RenderOperator) -> bool:
        """Whether the job that Blender may have is of another render.

        Its operator alone does not tell: that of the next render may have got the same address.
        """
        return self._has_next or operator.is_over

    async def _gone(self, operator: RenderOperator) -> None:
        while is_job_running("RENDER") and not self._is_over(operator):
            await self._host.next_turn()

    async def run_headless(self) -> None:
        def render() -> None:
            self._is_started = True
            scene = found_again(self._scene)
            with loop_within_frames(self._host, scene.render.engine, flag):
                try:
                    call_render(scene.name, self._is_image)
                except RuntimeError as error:
                    self.report.messages.append(message_of(error))

        with BreakFlag() as flag:
            returned = self._host.call_between_ticks(render)
            try:
                await asyncio.wait([returned])
            except asyncio.CancelledError:
                if self._is_started:
                    flag.set()
                    await to_the_end(lambda: ended(returned))
                    if not self._host.was_interrupted:  # a script that has cancelled its own render has not failed
                        flag.clear()
                else:
                    returned.cancel()
                raise
        returned.result()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the render handlers inside the `with` block."""
        with added_handlers(_HEARD, self._hear):
            if self._host.is_headless:
                self._stats.listen()
            self._next_look = self._host.loop.call_later(self._interval, self._look)
            self._host.end_expected = 0.0  # it may be over before the first look
            try:
                yield
            finally:
                self._host.end_expected = inf
                self._next_look.cancel()
                self._stats.close()

    def _hear(self, name: str, *told: object) -> None:
        """A handler was called, in the window on the render thread: append and wake, nothing else."""
        text = told[0] if told and isinstance(told[0], str) else ""
        self._events.append(JobEvent(name, perf_counter(), text))
        if self._host.is_headless and threading.current_thread() is threading.main_thread():
            self._host.loop.call_soon(self._take_in)
            self._host.loop.tick()  # nobody else does, while the operator renders
        elif (self._host.is_headless or name in _URGENT) and not self._is_woken:
            self._is_woken = True
            self._host.call_in_next_turn(self._wake)

    def _wake(self) -> None:
        """Something was told on another thread."""
        self._is_woken = False  # first: what comes from now on wakes again
        self._host.loop.call_soon(self._take_in)

    def _look(self) -> None:
        """See what was told, how far the frame is, listen to the samples again, and whether the job is still there."""
        self._next_look = self._host.loop.call_later(self._interval, self._look)
        self._note_fraction()
        self._take_in()
        self._host.end_expected = self._end_expected - SOON
        self._stats.listen()
        operator = self._operator
        if operator is not None:
            operator.disown_reports()
            if self._is_over(operator) or not is_job_running("RENDER"):
                self._ended.set()

    def _note_fraction(self) -> None:
        fraction = None if self._host.is_headless else frame_fraction(self._scene.uid)
        if fraction is not None and fraction != self._fraction:
            self._fraction = fraction
            self._events.append(JobEvent(FRACTION, perf_counter(), fraction=fraction))

    def _take_in(self) -> None:
        """On the main thread: what the handlers told since."""
        heard = []
        has_ended = self._ended.is_set()
        while self._events:
            event = self._events.popleft()
            if self._operator is not None and event.name == "render_init" and event.name in self.report.names:
                self._has_next = has_ended = True
            if has_ended and event.name.startswith("render_"):
                continue  # of the next render, which the user has started
            self.report.names.add(event.name)
            if event.name == "render_cancel":
                self.report.has_reports = self._operator is not None and self._operator.has_reports
            if event.name == "render_write" and self._has_first_failed:
                self._has_first_failed = False
                event = replace(event, name=FRAME_FAILED)
            heard.append(event)
            has_ended = has_ended or event.name in _ENDS
        if heard:
            seconds = self._on_events(heard)
            self._end_expected = inf if seconds is None else perf_counter() + seconds
        if has_ended:
            self._ended.set()
