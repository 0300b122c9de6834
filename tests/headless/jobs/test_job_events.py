"""Events of a job, from the handlers to the record: which belong to the job, and what wakes the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from async_render.blender.jobs.job_events import JobEvents, JobRecord
from async_render.render.progress import FRAME_FAILED, JobEvent

pytestmark = pytest.mark.core


class Received:
    """A render that receives the events of a job which an operator runs."""

    def __init__(self, early_error: str | None = None) -> None:
        self.batches: list[list[str]] = []
        self.record = JobRecord(self.receive)
        operator: Any = SimpleNamespace(early_error=early_error, is_over=False, has_reports=False)
        self.record.operator = operator

    def receive(self, events: Sequence[JobEvent]) -> float | None:
        self.batches.append([event.name for event in events])
        return None

    def give(self, *names: str) -> None:
        self.record.record(JobEvent(name, 0.0) for name in names)


def test_the_events_of_the_next_render_are_not_ours() -> None:
    """The user has started a render, which has ended ours: Blender calls the same handlers."""
    received = Received()
    received.give("render_init", "render_pre")
    received.give("render_write", "render_init", "render_pre", "render_write", "load_pre")
    assert received.batches == [["render_init", "render_pre"], ["render_write", "load_pre"]]
    assert received.record.is_over
    assert received.record.ended.is_set()
    assert received.record.outcome.reason == "FILE_LOAD"


@pytest.mark.parametrize("end", ["render_complete", "render_cancel"])
def test_after_the_end_nothing_of_a_render_is_ours(end: str) -> None:
    received = Received()
    received.give("render_init", "render_write", end, "render_stats", "render_write")
    assert received.batches == [["render_init", "render_write", end]]
    assert received.record.ended.is_set()
    assert not received.record.is_over  # the job may be there for some turns
    assert received.record.outcome.is_complete == (end == "render_complete")
    assert received.record.outcome.is_cancelled == (end == "render_cancel")


@pytest.mark.parametrize("early_error", [None, "out of coffee"])
def test_an_engine_that_fails_before_the_operator_returns_has_failed_in_the_first_frame(
    early_error: str | None,
) -> None:
    received = Received(early_error)
    received.give("render_init", "render_write", "render_write")
    first = "render_write" if early_error is None else FRAME_FAILED
    assert received.batches == [["render_init", first, "render_write"]]


@pytest.mark.parametrize(
    ("reports", "names", "reason"),
    [
        (False, ["render_cancel"], "ESC"),
        (True, ["render_cancel"], "UNKNOWN"),
        (False, ["render_cancel", "undo_pre"], "UNDO"),
        (True, ["load_pre", "render_cancel"], "FILE_LOAD"),
    ],
)
def test_the_reason_of_a_cancel(reports: bool, names: Iterable[str], reason: str) -> None:
    received = Received()
    operator: Any = received.record.operator
    operator.has_reports = reports
    received.give(*names)
    assert received.record.outcome.reason == reason


def test_urgent_events_wake_the_main_thread_once_and_others_wait_for_the_poll() -> None:
    calls: list[Callable[[], object]] = []
    soon: list[Callable[[], object]] = []
    host: Any = SimpleNamespace(
        is_headless=False, call_in_next_turn=calls.append, loop=SimpleNamespace(call_soon=soon.append)
    )
    received = Received()
    events = JobEvents(host, received.record)

    woken: list[int] = []

    def render_thread() -> None:
        for name in ("render_pre", "render_init", "render_complete"):
            events.on_handler(name, "given by Blender")
            woken.append(len(calls))

    thread = threading.Thread(target=render_thread)
    thread.start()
    thread.join()
    assert woken == [0, 1, 1]
    assert received.batches == []  # nothing is recorded on the render thread
    calls.pop()()
    assert soon == [events.receive]
    events.receive()
    assert received.batches == [["render_pre", "render_init", "render_complete"]]
    events.on_handler("render_init")
    assert len(calls) == 1  # after a wake the next urgent event wakes again
