"""Blender's render job: at most one at a time, from its start until it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import bpy

from ..render.errors import RenderError
from .host import BlenderHost

HOST_TURN = 0.005
"""Seconds between two turns of Blender's main loop when it is idle."""

WATCH_INTERVAL = 0.25
"""Seconds between two looks whether a job is still there: not every end is told by a handler. In 4.3 and 5.2 only
`render_init` is called for a movie file that cannot be opened."""

_ENDS = ("render_complete", "render_cancel")
_HEARD = ("render_init", "render_pre", "render_write", *_ENDS)


@dataclass
class JobReport:
    """What is known of a job."""

    events: list[str] = field(default_factory=list)
    """Names of the handlers that were called, in order."""
    messages: list[str] = field(default_factory=list)
    """What Blender had to say, as far as it can be read."""
    seconds: float = 0.0
    """From the start of the job until it was gone."""

    @property
    def frames_written(self) -> int:
        """How many frames Blender says it has written."""
        return self.events.count("render_write")

    @property
    def is_complete(self) -> bool:
        """Whether Blender says that all is done."""
        return "render_complete" in self.events


async def no_job() -> None:
    """Wait until Blender renders nothing, not even what the user started."""
    while bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(HOST_TURN)


async def run_animation_job(host: BlenderHost, scene: str) -> JobReport:
    """Render the animation of a scene as it is set now, and wait until Blender's job is gone.

    `CancelledError` comes out when the job is gone, too.

    Raises:
        RenderError: Blender did not start.
    """
    report = JobReport()
    ended: asyncio.Future[None] = host.loop.create_future()
    begin = perf_counter()
    try:
        with _listening(host, report, ended):
            if bpy.app.background:
                await _run_headless(host, scene, report)
            else:
                await _run_in_window(scene, report, ended)
    finally:
        report.seconds = perf_counter() - begin
    return report


async def _run_in_window(scene: str, report: JobReport, ended: asyncio.Future[None]) -> None:
    reports_before = len(_window_reports())
    with _no_render_window():
        try:
            answer = bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=scene)
        except RuntimeError as error:
            raise RenderError(f"Blender cannot render the scene {scene!r}: {_message(error)}") from error
    if "RUNNING_MODAL" not in answer:
        raise RenderError(f"Blender did not start to render the scene {scene!r}, and does not say why")
    # The handlers are called before the job is gone (10–150 ms), and the next render cannot start until then.
    await _until(lambda: not bpy.app.is_job_running("RENDER"), ended)
    report.messages += [message.message for message in _window_reports()[reports_before:] if message.type == "ERROR"]


async def _run_headless(host: BlenderHost, scene: str, report: JobReport) -> None:
    def render() -> None:
        try:
            bpy.ops.render.render(animation=True, scene=scene)
        except RuntimeError as error:
            report.messages.append(_message(error))

    returned = host.call_between_ticks(render)
    await _until(returned.done, returned)


async def _until(is_gone: Callable[[], bool], news: asyncio.Future[None]) -> None:
    """Wait until the job is gone; look when there is news of it, and now and then without.

    A job cannot be left alone: it renders with the settings that its scene has now. So a cancellation has to wait.
    """
    cancelled: asyncio.CancelledError | None = None
    while not is_gone():
        try:
            if news.done():
                await asyncio.sleep(HOST_TURN)
            else:
                await asyncio.wait([news], timeout=WATCH_INTERVAL)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


@contextmanager
def _listening(host: BlenderHost, report: JobReport, ended: asyncio.Future[None]) -> Iterator[None]:
    """Write down which render handlers Blender calls, and resolve `ended` with the last one."""
    handlers = {name: _handler(name, host, report, ended) for name in _HEARD}
    for name, handler in handlers.items():
        getattr(bpy.app.handlers, name).append(handler)
    try:
        yield
    finally:
        for name, handler in handlers.items():
            registered = getattr(bpy.app.handlers, name)
            if handler in registered:  # others may have cleared the list
                registered.remove(handler)


def _handler(
    name: str, host: BlenderHost, report: JobReport, ended: asyncio.Future[None]
) -> Callable[..., None]:
    """A render handler. In the window it is called on the render thread: it appends and wakes, nothing else."""

    def handler(*_: object) -> None:
        report.events.append(name)
        if name in _ENDS:
            host.loop.call_soon_threadsafe(_resolve, ended)
        if threading.current_thread() is threading.main_thread():
            host.loop.tick()  # headless: nobody else does, while the operator renders

    persistent: Callable[[Callable[..., None]], Callable[..., None]] = bpy.app.handlers.persistent
    return persistent(handler)  # another file may be loaded while Blender renders


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


@contextmanager
def _no_render_window() -> Iterator[None]:
    """Keep Blender from opening a window for the render; it reads the preference while the operator starts."""
    preferences: Any = bpy.context.preferences
    old, was_dirty = preferences.view.render_display_type, preferences.is_dirty
    preferences.view.render_display_type = "NONE"
    try:
        yield
    finally:
        preferences.view.render_display_type = old
        preferences.is_dirty = was_dirty


def _window_reports() -> list[bpy.types.Report]:
    """What Blender reported to its user; Python can read it from 5.x on."""
    return list(getattr(bpy.context.window_manager, "reports", ()))


def _message(error: Exception) -> str:
    return str(error).removeprefix("Error: ").strip()
