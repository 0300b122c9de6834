"""Blender's render job: at most one at a time, from its start until it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import bpy

from ..render.errors import CancelReason, RenderError
from ..render.progress import FRAME_FAILED, JobEvent
from .display import render_display
from .events import events
from .handlers import remove_handler
from .headless import loop_within_frames
from .host import MAIN_LOOP_SLEEP, BlenderHost
from .stop import BreakFlag, job_gone, stop_render_job
from .windows import in_a_window

T = TypeVar("T")

LOOK_INTERVAL = 0.5
"""Seconds between two looks at what the handlers told, and whether the job is still there: not every end is told by a
handler. In 4.3 and 5.2 only `render_init` is called for a movie file that cannot be opened.

Short frames are taken in several at once, and the samples are listened to from each look to the first that is told:
each time that the main thread wakes up costs it 0.3 ms, and a render that keeps all cores busy waits for it."""

FRAME_INTERVAL = 0.2
"""The same where somebody waits for the frames: as often as Blender draws its status bar."""

REPORTS_TIMEOUT = 1.0
"""Seconds that Blender has to show an operator's reports."""

SOON = 0.2
"""Seconds before the end that is expected from which on the loop does not rest. In 5.2 a job is gone 10–30 ms after its
last handler, and Blender draws its windows then: who sleeps over that turn hears of it after the drawing."""

_ENDS = ("render_complete", "render_cancel")
_HEARD = ("render_init", "render_pre", "render_stats", "render_write", *_ENDS, "load_pre", "undo_pre", "redo_pre")
_URGENT = frozenset(("render_init", *_ENDS))
"""Those that are not left to the next look: the start and the end of the job."""

Handler: TypeAlias = "Callable[..., None]"
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


async def run_animation_job(
    host: BlenderHost,
    scene: str,
    display: str,
    on_events: OnEvents,
    interval: float,
) -> JobReport:
    """Render the animation of a scene as it is set now, and wait until Blender's job is gone.

    When the task is cancelled the job is stopped, in the middle of a frame where that is possible; `CancelledError`
    comes out when the job is gone.

    Args:
        host: whose loop is used.
        scene: the scene's name.
        display: where Blender shows it, as `render_display_type`.
        on_events: called on the main thread with what the handlers have told since; answers how many seconds are left,
            None where that is not known.
        interval: seconds between two of these calls; they come sooner when the job begins or ends.

    Raises:
        RenderError: Blender did not start.
    """
    job = _Job(host, scene, on_events, interval)
    begin = perf_counter()
    try:
        with job.listening():
            await (job.run_headless() if bpy.app.background else job.run_in_window(display))
    finally:
        job.report.seconds = perf_counter() - begin
    return job.report


class _Job:
    """A job, from its start until it is gone."""

    def __init__(self, host: BlenderHost, scene: str, on_events: OnEvents, interval: float) -> None:
        self.report = JobReport()
        self._host = host
        self._scene = scene
        self._on_events = on_events
        self._interval = interval
        self._events: deque[JobEvent] = deque()
        self._ended = asyncio.Event()
        self._is_started = False
        self._operators: set[int] = set()
        self._handlers: dict[str, Handler] = {}
        self._has_first_failed = False
        self._first_turn = 0.0
        self._end_expected = inf
        self._is_woken = False
        self._is_stats_paused = False
        self._heard_stats = 0.0

    async def run_in_window(self, display: str) -> None:
        others = _render_operators()
        before = len(_window_reports())
        with render_display(display), in_a_window():
            try:
                answer = bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=self._scene)
            except RuntimeError as error:
                if not bpy.app.is_job_running("RENDER"):
                    raise RenderError(f"Blender cannot render the scene {self._scene!r}: {_message(error)}") from error
                # The engine was so quick to report an error that the operator had it before it returned. Blender has
                # forgotten it then, and may write the first frame as if nothing had happened.
                self.report.messages.append(_message(error))
                self._has_first_failed = True
                answer = {"RUNNING_MODAL"}
        if "RUNNING_MODAL" not in answer:
            raise RenderError(f"Blender did not start to render the scene {self._scene!r}, and does not say why")
        self._operators = _render_operators().keys() - others.keys()
        self._host.call_in_next_turn(self._note_first_turn)
        try:
            await self._until_gone()
        except asyncio.CancelledError:
            # A job cannot be left alone: it renders with the settings that its scene has now.
            await to_the_end(self._stop)
            raise
        if self.report.is_complete or (self.report.is_cancelled and not self.report.has_reports):
            return  # what anybody else has reported meanwhile is not the render's
        if self.report.has_reports:
            before = await self._operator_ended(before)
        errors = [message.message for message in _window_reports()[before:] if message.type == "ERROR"]
        self.report.messages += [message for message in errors if message not in self.report.messages]

    async def _until_gone(self) -> None:
        # The handlers are called before the job is gone (10–150 ms), and the next render cannot start until then.
        while bpy.app.is_job_running("RENDER"):
            if not self._ended.is_set():
                await self._ended.wait()
            elif self._is_gone_with_its_operator():
                self.report.has_successor = True  # the user has started another render, which ended this one
                break
            else:
                await self._host.next_turn()
        self._take_in()  # what the last handlers told

    def _is_gone_with_its_operator(self) -> bool:
        return not self._operators & _render_operators().keys()

    async def _stop(self) -> None:
        if bpy.app.is_job_running("RENDER") and not self._ended.is_set():
            await stop_render_job()
        await job_gone()

    async def _operator_ended(self, before: int) -> int:
        """Wait until the render operator has handed its reports over: it does so at the next event after its job.

        Nothing may happen in the window for hours, so a timer makes the event.

        Returns:
            How many reports there were right before.
        """
        deadline = perf_counter() + REPORTS_TIMEOUT
        with events(self._operators, MAIN_LOOP_SLEEP):
            while not self._is_gone_with_its_operator() and perf_counter() < deadline:
                before = len(_window_reports())
                await asyncio.sleep(MAIN_LOOP_SLEEP)
        return before

    async def run_headless(self) -> None:
        engine = bpy.data.scenes[self._scene].render.engine

        def render() -> None:
            self._is_started = True
            with loop_within_frames(self._host, engine, flag):
                try:
                    bpy.ops.render.render(animation=True, scene=self._scene)
                except RuntimeError as error:
                    self.report.messages.append(_message(error))

        with BreakFlag() as flag:
            returned = self._host.call_between_ticks(render)
            try:
                await asyncio.wait([returned])
            except asyncio.CancelledError:
                if self._is_started:
                    flag.set()
                    await to_the_end(lambda: ended(returned))
                else:
                    returned.cancel()
                raise
        returned.result()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the render handlers inside the `with` block."""
        self._handlers = {name: self._handler(name) for name in _HEARD}
        for name, handler in self._handlers.items():
            getattr(bpy.app.handlers, name).append(handler)
        self._next_look = self._host.loop.call_later(self._interval, self._look)
        self._host.end_expected = 0.0  # it may be over before the first look
        try:
            yield
        finally:
            self._host.end_expected = inf
            self._next_look.cancel()
            for name, handler in self._handlers.items():
                remove_handler(getattr(bpy.app.handlers, name), handler)

    def _handler(self, name: str) -> Handler:
        """A handler. In the window it is called on the render thread: it appends and wakes, nothing else."""

        is_background = bpy.app.background

        def handler(*arguments: object) -> None:
            now = perf_counter()
            if name == "render_stats":
                if now - self._heard_stats < self._interval / 2:
                    return  # those that come before the main thread takes this handler away
                self._heard_stats = now
            text = arguments[0] if arguments and isinstance(arguments[0], str) else ""
            self._events.append(JobEvent(name, now, text))
            if is_background and threading.get_ident() == threading.main_thread().ident:
                self._host.loop.call_soon(self._take_in)
                self._host.loop.tick()  # nobody else does, while the operator renders
                return
            if name == "render_stats":
                self._host.call_in_next_turn(self._pause_stats)
            if (is_background or name in _URGENT) and not self._is_woken:
                self._is_woken = True
                self._host.call_in_next_turn(self._wake)

        persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
        return persistent(handler)  # another file may be loaded while Blender renders

    def _wake(self) -> None:
        """Something was told on another thread."""
        self._is_woken = False  # first: what comes from now on wakes again
        self._host.loop.call_soon(self._take_in)

    def _note_first_turn(self) -> None:
        self._first_turn = perf_counter()

    def _look(self) -> None:
        """See what was told, listen to the samples again, and whether the job is still there."""
        self._take_in()
        self._host.end_expected = self._end_expected - SOON
        if self._is_stats_paused:
            self._is_stats_paused = False
            bpy.app.handlers.render_stats.append(self._handlers["render_stats"])
        if not bpy.app.background and not bpy.app.is_job_running("RENDER"):
            self._ended.set()
        self._next_look = self._host.loop.call_later(self._interval, self._look)

    def _pause_stats(self) -> None:
        """Have no handler for the samples until the next look.

        Cycles tells of them up to a hundred times a frame, and on 5.2 each call of a handler, even of an empty one,
        waits for Python's lock: 2 % of a render of small frames. Blender asks for the lock only where a list of
        handlers is not empty: `bpy_app_generic_callback` in source/blender/python/intern/bpy_app_handlers.cc.
        """
        self._is_stats_paused |= remove_handler(bpy.app.handlers.render_stats, self._handlers["render_stats"])

    def _take_in(self) -> None:
        """On the main thread: what the handlers told since."""
        heard = []
        has_ended = self._ended.is_set()
        while self._events:
            event = self._events.popleft()
            if has_ended and event.name.startswith("render_"):
                continue  # of the next render, which the user has started
            self.report.names.add(event.name)
            if event.name == "render_cancel":
                # An engine may fail, and its operator end, while Blender still draws the windows for the first time:
                # nobody can have pressed a key before the first turn.
                self.report.has_reports = _operator_has_reports() or event.at < self._first_turn
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


async def to_the_end(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await what must not be left half done, however often the task is cancelled meanwhile.

    Args:
        make: makes the coroutine; another one when somebody has cancelled all tasks, this one's, too.

    Raises:
        CancelledError: at the end, when the task was cancelled meanwhile.
    """
    was_cancelled = False
    task = asyncio.ensure_future(make())
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            was_cancelled = True
        if task.cancelled():
            task = asyncio.ensure_future(make())
    if was_cancelled:
        task.exception()  # asyncio shall not say that nobody has looked
        raise asyncio.CancelledError
    return task.result()


async def ended(future: asyncio.Future[Any]) -> None:
    """Wait until it is done, and leave what came of it to others."""
    await asyncio.wait([future])


def _render_operators() -> dict[int, Any]:
    """The render operators that run, in all windows, by their addresses."""
    manager: Any = bpy.context.window_manager
    running = [operator for window in manager.windows for operator in window.modal_operators]
    return {operator.as_pointer(): operator for operator in running if operator.bl_idname == "RENDER_OT_render"}


def _operator_has_reports() -> bool:
    """Whether the render operator, which is about to end, has something to say: then it was no key that ended it."""
    return any(operator.has_reports for operator in _render_operators().values())


def _window_reports() -> list[bpy.types.Report]:
    """What Blender reported to its user; Python can read it from 5.x on."""
    return list(getattr(bpy.context.window_manager, "reports", ()))


def _message(error: Exception) -> str:
    return str(error).removeprefix("Error: ").strip()
