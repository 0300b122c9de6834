"""What the panel shows of a pool's jobs: their names, the logs of their workers, and jobs that no coroutine awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from async_render.pool import call_works, pool_progress
from async_render.pool.call_works import name_of
from async_render.pool.pool_progress import shown, submitted
from async_render.pool.worker_process.child_log import END_SHOWN, ends_of
from async_render.render.activity import State, activities
from async_render.render.frame_list import FrameList
from async_render.render.result import RenderResult
from async_render.render.settings import RenderSettings
from async_render.work.backend import Event, FrameEvent, PlanEvent, Work


class Session:
    """A session whose main thread calls functions when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], object]] = []
        self.has_window = True

    def scene_name(self) -> str:
        return "Shot 12"

    def call_soon(self, function: Callable[[], object]) -> bool:
        self.calls.append(function)
        return self.has_window

    def turn(self) -> None:
        for call in self.calls:
            call()
        self.calls.clear()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session()
    for module in (call_works, pool_progress):
        monkeypatch.setattr(module, "current_session", lambda: session)
    return session


@pytest.fixture(autouse=True)
def no_activities() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


def forget_all() -> None:
    for activity in activities:
        activity.state = State.FINISHED
    activities.forget_ended()


class Submitted:
    """A job that was submitted, and what the backend does with it."""

    def __init__(self) -> None:
        self.future: Future[RenderResult] = submitted("Shot", lambda: "worker_1:\nFra:1", self._submit)
        self.future.set_running_or_notify_cancel()

    def _submit(self, emit: Callable[[Event], None]) -> Future[RenderResult]:
        self.emit = emit
        return Future()

    def on_its_thread(self, function: Callable[..., object], *arguments: Any) -> None:
        thread = Thread(target=function, args=arguments)
        thread.start()
        thread.join(60)


def test_a_submitted_job_is_shown_and_only_on_the_main_thread(session: Session, tmp_path: Path) -> None:
    job = Submitted()
    (activity,) = activities
    assert (activity.name, activity.state, activity.cancel) == ("Shot", State.RUNNING, job.future.cancel)
    session.turn()
    job.on_its_thread(job.emit, PlanEvent(FrameList.of([1, 2]), tmp_path, 2))
    job.on_its_thread(job.emit, FrameEvent(1, 0.5, (tmp_path / "1.png",), "worker 1"))
    assert activity.frames_total == 0
    session.turn()
    assert (activity.frames_done, activity.frames_total, activity.last_file) == (1, 2, tmp_path / "1.png")
    job.on_its_thread(job.future.set_result, RenderResult((1, 2), (tmp_path / "2.png",), 1.0))
    session.turn()
    assert (activity.state, activity.last_file, activity.cancel) == (State.FINISHED, tmp_path / "2.png", None)


def test_a_submitted_job_that_fails_keeps_the_log_of_its_workers(session: Session) -> None:
    job = Submitted()
    (activity,) = activities
    job.on_its_thread(job.future.set_exception, ValueError("mine"))
    session.turn()
    assert (activity.state, str(activity.error)) == (State.FAILED, "ValueError: mine")
    assert activity.log is not None
    assert activity.log() == "worker_1:\nFra:1"


def test_a_farm_has_its_dashboard_until_the_end_of_its_render(session: Session) -> None:
    future: Future[RenderResult] = Future()
    submitted("Shot", str, lambda _: future, "http://scheduler:8787/status")
    (activity,) = activities
    assert activity.dashboard == "http://scheduler:8787/status"
    future.set_result(RenderResult((), (), 0.0))
    session.turn()
    assert activity.dashboard is None


def test_a_job_that_could_not_be_submitted_has_failed(session: Session) -> None:
    def refuse(_: Callable[[Event], None]) -> Future[RenderResult]:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        submitted("Shot", str, refuse)
    assert [activity.state for activity in activities] == [State.FAILED]


def test_without_a_window_a_submitted_job_is_not_shown(session: Session) -> None:
    session.has_window = False
    Submitted()
    assert list(activities) == []


def test_a_job_is_called_as_its_scene_or_its_file(session: Session) -> None:
    assert name_of(Work("animation", RenderSettings()), None) == "Shot 12"
    assert name_of(Work("animation", RenderSettings(scene="Other")), None) == "Other"
    assert name_of(Work("still", RenderSettings()), Path("shot_07.blend")) == "shot_07"
    assert name_of(Work("bake"), None) == "Bake"


def test_the_log_of_a_job_that_has_ended_is_kept() -> None:
    logs = ["worker_1:\nlast words"]

    async def render() -> None:
        with shown("Shot", lambda: logs[0]):
            logs.append("later")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(render())
    (activity,) = activities
    logs[0] = ""
    assert activity.log is not None
    assert activity.log() == "worker_1:\nlast words"


def test_the_ends_of_logs_are_bounded_and_have_no_control_characters(tmp_path: Path) -> None:
    long, short = tmp_path / "worker_1.log", tmp_path / "worker_2.log"
    long.write_bytes(b"first\n" + b"x" * 2 * END_SHOWN + b"\nthe end\n")
    short.write_bytes(b"\x1b[2Jred\xff\tit\n")
    text = ends_of([long, tmp_path / "worker_3.log", short])
    assert text.splitlines() == [
        "worker_1:",
        f"… the earlier lines are in {long}",
        "the end",
        "",
        "worker_2:",
        "\\x1b[2Jred\ufffd\tit",
    ]
