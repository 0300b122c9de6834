"""Blender's render job: at most one at a time, from its start until it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

import bpy

from ..render.errors import CancelReason, RenderError
from ..render.progress import JobEvent
from .display import render_display
from .headless import Break, loop_within_frames
from .host import MAIN_LOOP_SLEEP, BlenderHost
from .stop import job_gone, stop_render_job

T = TypeVar("T")

WATCH_INTERVAL = 0.25
"""Seconds between two looks whether a job is still there: not every end is told by a handler. In 4.3 and 5.2 only
`render_init` is called for a movie file that cannot be opened."""

REPORTS_TIMEOUT = 1.0
"""Seconds that Blender has to show an operator's reports."""

STATS_INTERVAL = 0.1
"""Seconds between two looks at the samples. Cycles tells of them up to a hundred times a frame: 6 ms in a small one."""

_ENDS = ("render_complete", "render_cancel")
_HEARD = ("render_init", "render_pre", "render_stats", "render_write", *_ENDS, "load_pre", "undo_pre", "redo_pre")


@dataclass
class JobReport:
    """What is known of a job."""

    names: set[str] = field(default_factory=set)
    """Names of the handlers that were called."""
    messages: list[str] = field(default_factory=list)
    """The errors that Blender reported, as far as they can be read."""
    has_reports: bool = False
    """Whether it reported anything, readable or not."""
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
        return "UNKNOWN" if self.has_reports else "ESC"


async def run_animation_job(
    host: BlenderHost, scene: str, display: str, on_event: Callable[[JobEvent], None]
) -> JobReport:
    """Render the animation of a scene as it is set now, and wait until Blender's job is gone.

    When the task is cancelled the job is stopped, in the middle of a frame where that is possible; `CancelledError`
    comes out when the job is gone.

    Args:
        host: whose loop is used.
        scene: the scene's name.
        display: where Blender shows it, as `render_display_type`.
        on_event: called on the main thread with what the handlers tell.

    Raises:
        RenderError: Blender did not start.
    """
    job = _Job(host, scene, on_event)
    begin = perf_counter()
    try:
        with job.listening():
            await (job.run_headless() if bpy.app.background else job.run_in_window(display))
    finally:
        job.report.seconds = perf_counter() - begin
    return job.report


class _Job:
    """A job, from its start until it is gone."""

    def __init__(self, host: BlenderHost, scene: str, on_event: Callable[[JobEvent], None]) -> None:
        self.report = JobReport()
        self._host = host
        self._scene = scene
        self._on_event = on_event
        self._events: deque[JobEvent] = deque()
        self._ended: asyncio.Future[None] = host.loop.create_future()
        self._is_started = False

    async def run_in_window(self, display: str) -> None:
        before = len(_window_reports())
        with render_display(display):
            try:
                answer = bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=self._scene)
            except RuntimeError as error:
                if not bpy.app.is_job_running("RENDER"):
                    raise RenderError(f"Blender cannot render the scene {self._scene!r}: {_message(error)}") from error
                # The engine was so quick to report an error that the operator had it before it returned.
                self.report.messages.append(_message(error))
                answer = {"RUNNING_MODAL"}
        if "RUNNING_MODAL" not in answer:
            raise RenderError(f"Blender did not start to render the scene {self._scene!r}, and does not say why")
        try:
            await self._until_gone()
        except asyncio.CancelledError:
            # A job cannot be left alone: it renders with the settings that its scene has now.
            await to_the_end(self._stop())
            raise
        if self.report.has_reports:
            await _operator_ended()
        errors = [message.message for message in _window_reports()[before:] if message.type == "ERROR"]
        self.report.messages += [message for message in errors if message not in self.report.messages]

    async def _until_gone(self) -> None:
        # The handlers are called before the job is gone (10–150 ms), and the next render cannot start until then.
        while bpy.app.is_job_running("RENDER"):
            if self._ended.done():
                await asyncio.sleep(MAIN_LOOP_SLEEP)
            else:
                await asyncio.wait([self._ended], timeout=WATCH_INTERVAL)
        await asyncio.sleep(0)  # what the last handlers told

    async def _stop(self) -> None:
        if bpy.app.is_job_running("RENDER") and not self._ended.done():
            await stop_render_job()
        await job_gone()

    async def run_headless(self) -> None:
        wish = Break()
        engine = bpy.data.scenes[self._scene].render.engine

        def render() -> None:
            self._is_started = True
            with loop_within_frames(self._host, engine, wish):
                try:
                    bpy.ops.render.render(animation=True, scene=self._scene)
                except RuntimeError as error:
                    self.report.messages.append(_message(error))

        returned = self._host.call_between_ticks(render)
        try:
            await asyncio.wait([returned])
        except asyncio.CancelledError:
            if self._is_started:
                wish.want()
                await to_the_end(ended(returned))
            else:
                returned.cancel()
            raise
        returned.result()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the render handlers inside the `with` block."""
        handlers = {name: self._handler(name) for name in _HEARD}
        for name, handler in handlers.items():
            getattr(bpy.app.handlers, name).append(handler)
        try:
            yield
        finally:
            for name, handler in handlers.items():
                registered = getattr(bpy.app.handlers, name)
                if handler in registered:  # others may have cleared the list
                    registered.remove(handler)

    def _handler(self, name: str) -> Callable[..., None]:
        """A handler. In the window it is called on the render thread: it appends and wakes, nothing else."""

        last = 0.0

        def handler(*arguments: object) -> None:
            nonlocal last
            now = perf_counter()
            if name == "render_stats":
                if now - last < STATS_INTERVAL:
                    return
                last = now
            text = arguments[0] if arguments and isinstance(arguments[0], str) else ""
            self._events.append(JobEvent(name, now, text))
            if bpy.app.background and threading.get_ident() == threading.main_thread().ident:
                self._host.loop.call_soon(self._take_in)
                self._host.loop.tick()  # nobody else does, while the operator renders
            else:
                self._host.loop.call_soon_threadsafe(self._take_in)

        persistent: Callable[[Callable[..., None]], Callable[..., None]] = bpy.app.handlers.persistent
        return persistent(handler)  # another file may be loaded while Blender renders

    def _take_in(self) -> None:
        """On the main thread: what the handlers told since."""
        while self._events:
            event = self._events.popleft()
            self.report.names.add(event.name)
            if event.name == "render_cancel":
                self.report.has_reports = _operator_has_reports()
            self._on_event(event)
            if event.name in _ENDS and not self._ended.done():
                self._ended.set_result(None)


async def to_the_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Await what must not be left half done, however often the task is cancelled meanwhile."""
    task = asyncio.ensure_future(coroutine)
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    return task.result()


async def ended(future: asyncio.Future[Any]) -> None:
    """Wait until it is done, and leave what came of it to others."""
    await asyncio.wait([future])


async def _operator_ended() -> None:
    """Wait until the render operator has handed its reports over: it does so at the next event after its job is gone.

    Nothing may happen in the window for hours, so a timer makes the event.
    """
    manager: Any = bpy.context.window_manager
    timers = [manager.event_timer_add(MAIN_LOOP_SLEEP, window=window) for window in manager.windows]
    try:
        deadline = perf_counter() + REPORTS_TIMEOUT
        while any(_render_operators()) and perf_counter() < deadline:
            await asyncio.sleep(MAIN_LOOP_SLEEP)
    finally:
        for timer in timers:
            manager.event_timer_remove(timer)


def _render_operators() -> Iterator[Any]:
    """The render operators that run, in all windows."""
    manager: Any = bpy.context.window_manager
    for window in manager.windows:
        yield from (operator for operator in window.modal_operators if operator.bl_idname == "RENDER_OT_render")


def _operator_has_reports() -> bool:
    """Whether the render operator, which is about to end, has something to say: then it was no key that ended it."""
    return any(operator.has_reports for operator in _render_operators())


def _window_reports() -> list[bpy.types.Report]:
    """What Blender reported to its user; Python can read it from 5.x on."""
    return list(getattr(bpy.context.window_manager, "reports", ()))


def _message(error: Exception) -> str:
    return str(error).removeprefix("Error: ").strip()
