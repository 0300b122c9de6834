"""The crew and the errands of a pool, with workers that are no processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from async_render.pool.crew import claims, dealt_render, member
from async_render.pool.crew import crew as crew_module
from async_render.pool.crew.crew import Crew
from async_render.pool.crew.dealt_render import render_dealt
from async_render.pool.crew.errands import Load, OneRequest
from async_render.pool.crew.frame_times import MOST, FrameTimes
from async_render.pool.crew.member import ChildState, Member, Wear
from async_render.pool.crew.workshop import Workshop
from async_render.render.errors import RenderError, WorkerError
from async_render.render.result import RenderResult
from async_render.render.settings import RenderSettings
from async_render.work.backend import Event, FrameEvent, PlanEvent, WarningEvent

from .fake_child import Dies, Stage

LOAD = Load(Path("/shot.blend"), "key")


@pytest.fixture(autouse=True)
def claims_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "folder_of_claims", lambda: tmp_path)
    monkeypatch.setattr(member, "RESTART_PAUSE", 0.0)


@asynccontextmanager
async def crew_of(stage: Stage, workers: int = 2, *, tries: int = 3, wear: Wear | None = None) -> AsyncIterator[Crew]:
    crew = Crew(workers, stage.start, tries=tries, wear=wear)
    try:
        yield crew
    finally:
        await crew.end()
        assert not stage.running, "a worker was left"


async def render(
    crew: Crew,
    events: list[Event] | None = None,
    *,
    load: Load = LOAD,
    path: str = "/out/f_####",
    tries: int = 3,
    times: FrameTimes | None = None,
) -> RenderResult:
    emit = (events if events is not None else list[Event]()).append
    workshop = Workshop(crew, times or FrameTimes(), tries)
    async with asyncio.timeout(60):
        result: RenderResult = await render_dealt(workshop, load, "shot", RenderSettings(filepath=path), False, emit)
        return result


async def test_the_chunks_of_many_workers_become_one_result_in_order() -> None:
    stage, events = Stage("1-12"), list[Event]()
    stage.skipped = "20,21"
    async with crew_of(stage) as crew:
        result = await render(crew, events)
    assert result.frames == tuple(range(1, 13))
    assert result.files == tuple(Path(f"/out/f_{frame:04}.png") for frame in range(1, 13))
    assert list(result.frame_seconds) == list(range(1, 13))
    assert result.skipped == (20, 21)
    assert result.all_files[-1] == Path("/out/f_0021.png")
    assert result.warnings == ("a texture is missing", "drivers are blocked")
    assert sorted(frame for frame, _ in stage.rendered) == list(range(1, 13))
    assert {worker for _, worker in stage.rendered} == {0, 1}
    assert isinstance(events[0], PlanEvent)
    assert events[1] == WarningEvent("a texture is missing"), "before the first frame"
    assert sorted(event.number for event in events if isinstance(event, FrameEvent)) == list(range(1, 13))


async def test_a_second_job_of_the_same_file_opens_nothing() -> None:
    stage = Stage("1-12")
    async with crew_of(stage) as crew:
        await render(crew)
        assert len(stage.requests("load")) == 2, "each worker opens the file once, the second while the first one plans"
        await render(crew)
        assert len(stage.requests("load")) == 2
        await render(crew, load=Load(Path("/shot.blend"), "another key"))
        assert len(stage.requests("load")) == 4
    assert stage.started == 2


async def test_a_second_cancel_frees_the_claimed_files_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The add-on is disabled: all calls are cancelled, and soon after that all tasks of the pool's loop."""
    stage, cleaning, cleaned = Stage("1-12"), threading.Event(), threading.Event()

    def clean(_folder: Path, _prefix: str) -> None:
        cleaning.set()
        assert cleaned.wait(60)

    monkeypatch.setattr(dealt_render, "remove_abandoned", clean)
    stage.gate.clear()
    async with crew_of(stage) as crew:
        call = asyncio.create_task(render(crew))
        while not stage.requests("frames"):
            await asyncio.sleep(0)
        call.cancel()
        assert await asyncio.to_thread(cleaning.wait, 60)
        call.cancel()
        await asyncio.sleep(0)
        assert not call.done(), "the folders of its workers are removed first"
        cleaned.set()
        with pytest.raises(asyncio.CancelledError) as stopped:
            await call
        assert stopped.traceback, "the exception keeps the frames of the call, and with them the claim"
        assert not list(tmp_path.glob("*.claim"))


async def test_the_frames_of_a_dead_worker_are_rendered_by_another_one() -> None:
    stage, deaths = Stage("1-12"), list[int]()

    def die_once(frame: int, worker: int) -> None:
        if frame == 5 and not deaths:
            deaths.append(worker)
            raise Dies("crashed")

    stage.on_frame = die_once
    async with crew_of(stage) as crew:
        result = await render(crew)
        assert crew.deaths == 1
    assert result.frames == tuple(range(1, 13))
    assert sorted(frame for frame, _ in stage.rendered) == list(range(1, 13)), "each frame is rendered once"
    assert stage.started == 3


async def test_a_frame_that_kills_every_worker_is_given_up_and_the_others_finish() -> None:
    stage, deaths = Stage("1-12"), list[int]()

    def die(frame: int, worker: int) -> None:
        if frame == 5:
            deaths.append(worker)
            raise Dies("crashed")

    stage.on_frame = die
    async with crew_of(stage) as crew:
        with pytest.raises(WorkerError, match=r"frame 5 of 12 given up after 3 tries: .*SIGKILL") as caught:
            await render(crew)
    assert len(deaths) == 3
    assert caught.value.frame == 5
    assert caught.value.ended == "signal SIGKILL"
    assert caught.value.frames == (1, 2, 3, 4, *range(6, 13))
    assert len(caught.value.files) == 11


async def test_a_frame_that_raises_in_every_worker_raises_its_own_error() -> None:
    stage = Stage("1-12")

    def fail(frame: int, worker: int) -> None:
        if frame in {5, 9}:
            raise RenderError("the texture is missing", frame=frame)

    stage.on_frame = fail
    async with crew_of(stage) as crew:
        with pytest.raises(RenderError, match="the texture is missing") as caught:
            await render(crew)
    assert stage.started == 2, "no worker has died"
    assert (caught.value.frame, len(caught.value.frames)) == (5, 10)
    assert "frames 5, 9 failed; all others are finished" in caught.value.__notes__


async def test_a_cancelled_call_ends_when_its_workers_are_idle() -> None:
    stage = Stage("1-12")
    stage.gate.clear()
    async with crew_of(stage) as crew:
        task = asyncio.create_task(render(crew))
        while len(stage.requests("frames")) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [member.errand for member in crew.members] == [None, None]
        stage.gate.set()
        assert (await render(crew)).frames == tuple(range(1, 13))
    assert stage.started == 2, "the workers are warm"


async def test_two_calls_share_the_workers() -> None:
    stage = Stage("1-40")
    async with crew_of(stage) as crew:
        async with asyncio.TaskGroup() as group:
            other = Load(Path("/other.blend"), "other key")
            tasks = [
                group.create_task(render(crew)),
                group.create_task(render(crew, load=other, path="/other/f_####")),
            ]
        assert [task.result().frames for task in tasks] == [tuple(range(1, 41))] * 2
    first_half = [worker for _, worker in stage.rendered[:40]]
    assert set(first_half) == {0, 1}
    assert len(stage.requests("load")) <= 6, "a worker stays with its file while there is work for both"


async def test_the_same_files_are_refused_in_another_pool() -> None:
    stage = Stage("1-12")
    stage.gate.clear()
    async with crew_of(stage) as crew, crew_of(Stage("12-20")) as other:
        task = asyncio.create_task(render(crew))
        while len(stage.requests("frames")) < 2:
            await asyncio.sleep(0)
        with pytest.raises(RenderError, match=r"f_0012\.png: another pool, of this process, is writing"):
            await render(other)
        assert len((await render(other, path="/out/g_####")).frames) == 9
        stage.gate.set()
        assert len((await task).frames) == 12


async def test_a_simulation_is_rendered_by_one_worker_in_order() -> None:
    stage = Stage("1-12")
    stage.in_order = True
    async with crew_of(stage) as crew:
        await render(crew)
    assert [frame for frame, _ in stage.rendered] == list(range(1, 13))
    assert len({worker for _, worker in stage.rendered}) == 1
    assert [request for request, _ in stage.requests("frames")] == ["frames 1-12"]


async def test_workers_are_replaced_after_so_many_frames() -> None:
    stage = Stage("1-12")
    async with crew_of(stage, wear=Wear(frames=3)) as crew:
        await render(crew)
    assert stage.started >= 4


async def test_a_frame_that_takes_too_long_ends_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("1-3")
    monkeypatch.setattr(member, "POLL_INTERVAL", 0.01)
    stage.gate.clear()
    async with crew_of(stage, 1, tries=1, wear=Wear(frame_timeout=0.05)) as crew:
        with pytest.raises(WorkerError, match=r"took more than frame_timeout=0\.05 s"):
            await render(crew, tries=1)


async def test_the_time_in_which_a_file_is_opened_is_no_time_of_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, now, polls = Stage("1-3"), [0.0], list[float]()

    def clock() -> float:
        polls.append(now[0])
        return now[0]

    monkeypatch.setattr(member, "monotonic", clock)
    monkeypatch.setattr(member, "POLL_INTERVAL", 0.001)
    stage.load_gate.clear()
    async with crew_of(stage, 1, wear=Wear(frame_timeout=5.0)) as crew:
        call = asyncio.create_task(render(crew))
        while not stage.requests("load"):
            await asyncio.sleep(0)
        now[0] = 1000.0
        while polls.count(1000.0) < 3:
            await asyncio.sleep(0.001)
        stage.load_gate.set()
        assert (await call).frames == (1, 2, 3)
    assert stage.started == 1


async def test_a_program_that_cannot_be_a_worker_is_an_error_and_no_restart() -> None:
    stage = Stage()

    def refuse(worker: int) -> None:
        raise WorkerError("blender='/bin/true' is no Blender")

    stage.on_start = refuse
    async with crew_of(stage) as crew:
        with pytest.raises(WorkerError, match="is no Blender"):
            await render(crew)
        with pytest.raises(WorkerError, match="is no Blender"):
            await render(crew)
    assert stage.started == 2


async def test_a_worker_that_dies_at_its_start_is_started_again_a_few_times() -> None:
    stage, starts = Stage(), list[int]()

    def die(worker: int) -> None:
        starts.append(worker)
        if len(starts) <= 2:
            raise WorkerError("has ended before it was ready", ended="exit code 1")

    stage.on_start = die
    async with crew_of(stage, 1) as crew:
        assert len((await render(crew)).frames) == 12
    stage, starts = Stage(), []
    stage.on_start = lambda _: (_ for _ in ()).throw(WorkerError("has ended", ended="exit code 1"))
    async with crew_of(stage, 1) as crew:
        with pytest.raises(WorkerError, match="has ended"):
            await render(crew)
    assert stage.started == 3


async def test_the_pause_before_a_new_start_grows_with_the_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pause(float):
        """No pause, which records how many of them a worker was to wait."""

        def __mul__(self, failures: float) -> float:
            waited.append(failures)
            return 0.0

    waited = list[float]()
    monkeypatch.setattr(member, "RESTART_PAUSE", Pause())
    stage = Stage()
    stage.on_start = lambda _: (_ for _ in ()).throw(WorkerError("has ended", ended="exit code 1"))
    async with crew_of(stage, 1, tries=4) as crew:
        with pytest.raises(WorkerError, match="has ended"):
            await render(crew)
    assert waited == [1, 2, 3], "none after the last start"


async def test_a_file_that_cannot_be_opened_is_the_error_of_the_call() -> None:
    stage = Stage()

    def fail(worker: int) -> None:
        raise RenderError("shot.blend is truncated")

    stage.on_load = fail
    async with crew_of(stage) as crew:
        with pytest.raises(RenderError, match="is truncated"):
            await render(crew)
        stage.on_load = lambda _: None
        assert len((await render(crew)).frames) == 12


async def test_a_file_that_kills_every_worker_is_tried_a_few_times() -> None:
    stage, deaths = Stage(), list[int]()

    def die(worker: int) -> None:
        deaths.append(worker)
        raise Dies("crashed")

    stage.on_load = die
    async with crew_of(stage, 1) as crew:
        with pytest.raises(WorkerError, match="crashed"):
            await render(crew)
    assert len(deaths) in {3, 4}, "a worker that opens the file beforehand may die, too"


async def test_the_end_of_the_crew_ends_each_call() -> None:
    stage = Stage()
    stage.gate.clear()
    crew = Crew(2, stage.start, tries=3)
    task = asyncio.create_task(render(crew))
    while len(stage.requests("frames")) < 2:
        await asyncio.sleep(0)
    await crew.end()
    with pytest.raises(WorkerError, match="the pool was closed"):
        await task
    assert not stage.running


async def test_ten_thousand_frames_go_through(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("1-10000")
    async with crew_of(stage) as crew:
        result = await render(crew)
    assert len(result.files) == 10_000
    assert sorted(frame for frame, _ in stage.rendered) == list(range(1, 10_001))


async def test_the_longest_frames_of_the_last_job_go_out_first() -> None:
    stage, times = Stage("1-12"), FrameTimes()
    times.add("shot", RenderSettings(filepath="/out/f_####"), dict.fromkeys(range(1, 12), 1.0) | {12: 60.0})
    async with crew_of(stage) as crew:
        await render(crew, times=times)
    assert stage.rendered[0][0] == 12


async def test_an_errand_that_nobody_serves_goes_first_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("1-12")
    monkeypatch.setattr(crew_module, "PATIENCE", 0.0)
    async with crew_of(stage, 1) as crew:
        other = OneRequest(
            Load(Path("/other.blend"), "other"), {"do": "plan", "settings": {}, "resume": False}, tries=1
        )
        done: list[str] = []

        async def first() -> None:
            await render(crew)
            done.append("render")

        async def second() -> Any:
            while not stage.requests("frames"):
                await asyncio.sleep(0)
            await crew.do(other)
            done.append("other")

        await asyncio.gather(first(), second())
    assert done == ["other", "render"]


async def test_among_errands_with_as_many_workers_the_open_file_counts_and_then_the_longest_wait() -> None:
    stage, crew = Stage(), Crew(0, Stage().start, tries=3)
    first, second = (OneRequest(Load(Path("/shot.blend"), key), {"do": "plan"}, tries=1) for key in "ab")
    calls = [asyncio.create_task(crew.do(errand)) for errand in (first, second)]
    await asyncio.sleep(0)
    worker = Member(0, stage.start, tries=1, wear=Wear())
    worker.state = ChildState(await stage.start(0), loaded="b")
    assert crew.take(worker) is second
    worker.state = None
    assert [crew.take(worker) for _ in range(3)] == [first, second, first]
    await crew.end()
    for call in calls:
        with pytest.raises(WorkerError, match="the pool was closed"):
            await call


def test_the_times_of_the_scenes_that_were_rendered_last_are_kept() -> None:
    times, settings = FrameTimes(), [RenderSettings(scene=f"Scene {number}") for number in range(MOST + 1)]
    for item in settings[:MOST]:
        times.add("shot", item, {1: 2.0})
    times.add("shot", settings[0], {2: 3.0})
    times.add("shot", settings[MOST], {1: 4.0})
    assert times.of("shot", settings[0]) == {1: 2.0, 2: 3.0}
    assert times.of("shot", settings[1]) == {}
    assert times.of("another", settings[0]) == {}
