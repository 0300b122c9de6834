"""Blender's render job: at most one at a time, from its start until it is gone.

The life of a render in a window. Time goes down; the names are those of the functions and of Blender's handlers.

    coroutine                main-loop turn              render thread             disk
    ---------                --------------              -------------             ----
    run_job
      viewports_drawn        draws the viewports
      jobs_gone              ends the user's jobs
      before_start                                                                 room for the new files
      RenderOperator    -->  render.render: starts  -->  render_init: append, wake
      record.ended.wait      receive, record             render_pre: append
                             poll: fraction, samples     render_stats: append
                             (every 0.2 or 0.5 s)        engine renders
                             receive, record        <--  writes the file      -->  frame_0001.png
                                                         render_write: append
                             on_events: the frame's file is checked on another thread
                             ... the same for each frame ...
                             receive, record        <--  render_complete: append, wake
      until_gone        <--  ended is set                ends
      next_turn              the job is removed
      operator.errors   <--  next event: the operator
                             hands its reports over
    JobOutcome

Without a window the operator keeps the main thread from its start to its end. Blender calls the handlers there, and
they tick the loop between two frames: `headless.py`. How a job is stopped: `cancel.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import bpy

from ..handler_lists import added_handlers
from ..host.host import get_host
from ..host.threads import call_in_main_thread
from ..settings.scenes import KnownScene, found_again
from .cancel import jobs_gone
from .headless import run_headless
from .in_window import run_in_window
from .job_events import CHANGES_OF_FILE, JobRecord, OnEvents
from .job_poll import JobPoll
from .outcome import JobOutcome
from .render_operator import RenderOperator
from .viewports import viewports_drawn

log = logging.getLogger("async_render")

POLL_INTERVAL = 0.5
"""Seconds between two polls of a job. Not every end has a handler: in 4.3 and 5.2 Blender calls only `render_init` for
a movie file that cannot be opened.

The events of short frames are received in several at once, and each poll takes one event of the samples. A turn of the
main thread costs the render 0.3 ms, where the render keeps all cores busy."""

FRAME_INTERVAL = 0.2
"""Seconds between two polls where somebody waits for the frames: Blender draws its status bar as often."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """The request for a job: what is rendered, and how.

    Attributes:
        scene: the scene; it may be renamed until Blender's job begins.
        display: where Blender shows the picture, as `render_display_type`.
        interval: seconds between two polls; events of the start and the end come sooner.
        properties: the properties of the render operator; `write_still`: *Render Image* renders the frame at which the
            scene stands.
        on_first_frame: called on the main thread when Blender has read the scene's range, and before it evaluates the
            first frame; None: nothing is to be done.
    """

    scene: KnownScene
    display: str
    interval: float = POLL_INTERVAL
    properties: Mapping[str, Any] = field(default_factory=lambda: {"animation": True})
    on_first_frame: Callable[[], None] | None = None


async def run_job(
    request: JobRequest, on_events: OnEvents, before_start: Callable[[], None] = lambda: None
) -> JobOutcome:
    """Render a scene as it is set now, and wait until Blender's job is gone.

    When the task is cancelled the job is stopped, in the middle of a frame where that is possible. `CancelledError` is
    raised when the job is gone.

    Args:
        request: what is rendered.
        on_events: called on the main thread with the events that have come.
        before_start: called right before the job starts, which may have to wait for a render of the user's.

    Raises:
        RenderError: Blender did not start, or the scene is gone.
    """
    host = get_host()
    record = JobRecord(on_events)
    if not bpy.app.background:
        ended_by = await _settled(found_again(request.scene).render.engine)
        if ended_by:
            return JobOutcome(handlers={"render_cancel", *ended_by})
    before_start()
    begin = perf_counter()
    try:
        with (
            _on_first_frame(request.on_first_frame),
            JobPoll(host, request.scene.uid, record, request.interval).running() as events,
        ):
            if bpy.app.background:
                await run_headless(host, request.scene, request.properties, record.outcome)
            else:
                name = found_again(request.scene).name
                operator = RenderOperator(name, request.display, request.properties)
                await run_in_window(host, operator, events, record)
    finally:
        record.outcome.seconds = perf_counter() - begin
    return record.outcome


@contextmanager
def _on_first_frame(function: Callable[[], None] | None) -> Iterator[None]:
    """Call the function before the first frame of a job that begins inside the `with` block.

    The caller of `RE_RenderAnim` (source/blender/render/intern/pipeline.cc, 4.2 to 5.2) reads the range of the scene.
    For each frame `RE_RenderAnim` calls `render_pre`, and then evaluates the scene. In a window the render thread calls
    this handler, and waits for the main thread: only there may the scene be changed. The wait ends, too, when a file is
    opened, or when the main thread stands still.
    """
    if function is None:
        yield
        return
    is_first = True

    def on_render_pre(*_: object) -> None:
        nonlocal is_first
        if not is_first:
            return
        is_first = False
        try:
            call_in_main_thread(function)
        except RuntimeError as error:
            log.warning("the first frame may be rendered with the range of its job, and not of its scene: %s", error)

    with added_handlers(("render_pre",), on_render_pre, first=True):
        yield


async def _settled(engine: str) -> set[str]:
    """Wait until a job may begin, and return the names of the `CHANGES_OF_FILE` that came meanwhile.

    After such a change the job must not begin: the scene is gone, or has its own settings again.
    """
    called: set[str] = set()
    with added_handlers(CHANGES_OF_FILE, lambda name, *_: called.add(name)):
        await viewports_drawn(engine)
        await jobs_gone()  # the user may have started one meanwhile
    return called
