"""The progress of a job that many workers do, and its activity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from async_render.pool.pool_progress import PoolProgress, Shown, shown
from async_render.render.activity import State, activities
from async_render.render.frame_list import FrameList
from async_render.work.backend import FrameEvent, PlanEvent, ProgressEvent, WarningEvent

PLAN = PlanEvent(FrameList([range(1, 9)]), Path("/out"), workers=2)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    activities.forget_ended()
    yield
    activities.forget_ended()


def frame(number: int, seconds: float = 4.0, worker: str = "worker 1") -> FrameEvent:
    return FrameEvent(number, seconds, (Path(f"/out/{number:04}.png"),), worker)


def test_the_time_that_is_left_counts_all_workers_and_what_they_have_begun() -> None:
    progress = PoolProgress(PLAN)
    assert progress.eta is None
    progress.follow(frame(2))
    assert progress.eta == pytest.approx(7 * 4 / 2)
    progress.follow(ProgressEvent(5, 0.5, "worker 1"))
    progress.follow(ProgressEvent(6, 0.5, "worker 2"))
    assert (progress.fraction, progress.frame) == (1.0, 6)
    assert progress.eta == pytest.approx(6 * 4 / 2)
    assert progress.missing == 1
    progress.follow(frame(5))
    assert progress.fraction == 0.5, "worker 1 has begun no other frame"
    for number in (1, 3, 4, 6, 7, 8):
        progress.follow(frame(number, worker="worker 2"))
    assert str((progress.eta, progress.missing)) == "(0.0, None)"
    assert [item.number for item in progress.done] == [2, 5, 1, 3, 4, 6, 7, 8]


def test_few_frames_need_few_workers() -> None:
    assert PoolProgress(PlanEvent(FrameList([range(1, 2)]), Path("/out"), workers=8)).workers == 1


async def test_an_activity_shows_workers_frames_the_last_file_and_a_log() -> None:
    with shown("Shot") as show:
        (activity,) = activities
        assert activity.state is State.QUEUED
        show.begin()
        show.follow(PLAN)
        assert show.follow(ProgressEvent(1, 0.25, "worker 1")) is None
        assert show.follow(WarningEvent("wood.png is missing", "worker 2")) is None
        done = show.follow(frame(3))
        assert done is not None
        assert done.number == 3
        assert (activity.frames_done, activity.frames_total, activity.message) == (1, 8, "× 2")
        assert (activity.folder, activity.last_file) == (Path("/out"), Path("/out/0003.png"))
        assert activity.cancel is not None
        assert activity.printed.text().splitlines() == [
            "8 frames, 2 workers, /out",
            "worker 2: wood.png is missing",
            "worker 1: frame 3, 4.00 s",
        ]
        show.end(Path("/out/movie.mkv"))
    assert (activity.state, activity.last_file) == (State.FINISHED, Path("/out/movie.mkv"))


def test_a_job_of_another_thread_is_not_listed() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def follow() -> Shown:
        with shown("Shot") as show:
            show.begin()
            show.follow(PLAN)
            show.follow(frame(1))
            return show

    with ThreadPoolExecutor(1) as threads:
        assert len(threads.submit(follow).result().progress.done) == 1
    assert not list(activities)
