"""The events of a job, from Blender's handlers to the main thread: append, wake, receive, record.

In a window Blender calls the render handlers on the render thread, which waits for them. So a handler appends its event
to a list, and wakes the main thread where the event is urgent. The main thread receives all events at once, records the
outcome, and hands the events over to the render.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import inf
from time import perf_counter
from typing import TypeAlias

from ...render.progress import FRAME_FAILED, JobEvent
from ..host.host import BlenderHost
from .outcome import JobOutcome
from .render_operator import RenderOperator

ENDS = ("render_complete", "render_cancel")
"""The handlers that Blender calls at the end of a job. Some jobs end without a call of either."""

CHANGES_OF_FILE = ("load_pre", "undo_pre", "redo_pre")
"""The handlers after which a scene is gone, or has its own settings again. Blender stops its jobs there."""

HANDLERS = ("render_init", "render_pre", "render_write", *ENDS, *CHANGES_OF_FILE)
"""The handlers whose events are received; `render_stats` comes in another way: `samples.py`."""

_URGENT = frozenset(("render_init", *ENDS))
"""The events that wake the main thread: the start and the end of the job. Others wait for the next poll."""

OnEvents: TypeAlias = "Callable[[Sequence[JobEvent]], float | None]"
"""A function that is called on the main thread with new events. The function returns the seconds until the job's last
frame is written; None: not known."""


class JobRecord:
    """The record of a job while the job runs. Used on the main thread only.

    Attributes:
        outcome: how the job ended, as far as known.
        operator: the operator that runs the job; None before its start, and without a window.
        ended: is set when the job has ended; Blender may still have it for some turns.
        end_expected: when the last frame will be written, as `perf_counter` says.
    """

    def __init__(self, on_events: OnEvents) -> None:
        self.outcome = JobOutcome()
        self.operator: RenderOperator | None = None
        self.ended = asyncio.Event()
        self.end_expected = inf
        self._on_events = on_events
        self._has_next = False

    @property
    def is_over(self) -> bool:
        """Whether the job that Blender may have is another render's.

        The operator alone does not prove that: the operator of the next render may have got the same address.
        """
        return self._has_next or (self.operator is not None and self.operator.is_over)

    def record(self, events: Iterable[JobEvent]) -> None:
        """Record the events, and hand over those that belong to the job."""
        ours = []
        has_ended = self.ended.is_set()
        for event in events:
            if self.operator is not None and event.name == "render_init" and event.name in self.outcome.handlers:
                self._has_next = has_ended = True
            if has_ended and event.name.startswith("render_"):
                continue  # the event belongs to the next render, which the user has started
            ours.append(self._recorded(event))
            has_ended = has_ended or event.name in ENDS
        if ours:
            seconds = self._on_events(ours)
            self.end_expected = inf if seconds is None else perf_counter() + seconds
        if has_ended:
            self.ended.set()

    def _recorded(self, event: JobEvent) -> JobEvent:
        is_first = event.name not in self.outcome.handlers
        self.outcome.handlers.add(event.name)
        if event.name == "render_cancel":
            self.outcome.has_reports = self.operator is not None and self.operator.has_reports
        has_failed = self.operator is not None and self.operator.early_error is not None
        return replace(event, name=FRAME_FAILED) if event.name == "render_write" and is_first and has_failed else event


class JobEvents:
    """The events that the main thread has not received yet."""

    def __init__(self, host: BlenderHost, record: JobRecord) -> None:
        self._host = host
        self._record = record
        self._events: deque[JobEvent] = deque()
        self._is_woken = False

    def on_handler(self, name: str, *given: object) -> None:
        """Append an event, and wake the main thread; nothing else. In a window the render thread calls this."""
        text = given[0] if given and isinstance(given[0], str) else ""
        self.append(JobEvent(name, perf_counter(), text))
        if self._host.is_headless and threading.current_thread() is threading.main_thread():
            self._host.loop.call_soon(self.receive)
            self._host.loop.tick()  # nothing else ticks the loop while the operator renders
        elif (self._host.is_headless or name in _URGENT) and not self._is_woken:
            self._is_woken = True
            self._host.call_in_next_turn(self._wake)

    def append(self, event: JobEvent) -> None:
        """Append an event that waits for the next poll."""
        self._events.append(event)

    def _wake(self) -> None:
        self._is_woken = False  # first: an event that comes from now on wakes the main thread again
        self._host.loop.call_soon(self.receive)

    def receive(self) -> None:
        """Record all events that have come until now. On the main thread."""
        events = []
        while self._events:
            events.append(self._events.popleft())
        self._record.record(events)
