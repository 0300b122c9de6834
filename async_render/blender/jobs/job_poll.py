"""The poll of a job, a few times a second: the fraction and the end, for which Blender has no handler."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import perf_counter

from ...render.progress import FRACTION, JobEvent
from ..handler_lists import added_handlers
from ..host.host import BlenderHost
from ..quirks.wm_jobs import frame_fraction
from ..window.windows import is_job_running
from .job_events import HANDLERS, JobEvents, JobRecord
from .samples import SamplesHandler

BEFORE_END = 0.2
"""Seconds before the expected end of a job from which on the loop does not rest. In 5.2 a job is gone 10–30 ms after
its last handler. Blender draws its windows in that turn, and a loop that rests comes after the drawing."""


class JobPoll:
    """Polls a job: receives the events that wait, and asks how far the frame is and whether Blender has the job.

    Args:
        host: the host whose loop is used.
        uid: the scene's `session_uid`.
        record: the record of the job.
        interval: seconds between two polls.
    """

    def __init__(self, host: BlenderHost, uid: int, record: JobRecord, interval: float) -> None:
        self._host = host
        self._uid = uid
        self._record = record
        self._interval = interval
        self._events = JobEvents(host, record)
        self._samples = SamplesHandler(host, self._events.on_handler, interval)
        self._fraction: float | None = None
        self._next: TimerHandle

    @contextmanager
    def running(self) -> Iterator[JobEvents]:
        """Receive the handlers' events, and poll, inside the `with` block."""
        with added_handlers(HANDLERS, self._events.on_handler):
            if self._host.is_headless:
                self._samples.add()
            self._next = self._host.loop.call_later(self._interval, self._poll)
            self._host.pace.render_end_expected = 0.0  # the job may be over before the first poll
            try:
                yield self._events
            finally:
                self._host.pace.render_end_expected = inf
                self._next.cancel()
                self._samples.remove()

    def _poll(self) -> None:
        self._next = self._host.loop.call_later(self._interval, self._poll)
        self._append_fraction()
        self._events.receive()
        self._host.pace.render_end_expected = self._record.end_expected - BEFORE_END
        self._samples.add()
        operator = self._record.operator
        if operator is not None:
            operator.skip_reports()
            if self._record.is_over or not is_job_running("RENDER"):
                self._record.ended.set()

    def _append_fraction(self) -> None:
        fraction = None if self._host.is_headless else frame_fraction(self._uid)
        if fraction is not None and fraction != self._fraction:
            self._fraction = fraction
            self._events.append(JobEvent(FRACTION, perf_counter(), fraction=fraction))
