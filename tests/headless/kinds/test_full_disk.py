"""A disk that becomes full while Blender renders short frames, of which several come at once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.jobs.outcome import JobOutcome
from async_render.blender.kinds import rendering
from async_render.blender.kinds.output_log import OutputLog
from async_render.output.folders import SCARCE
from async_render.render.progress import JobEvent

from ...support.disks import mounted
from ...support.scene_state import state

FULL = "the disk is full: free some space"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", options=b"size=32k") as disk:
        yield disk


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "full").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))


def written(count: int) -> list[JobEvent]:
    return [JobEvent(name, perf_counter()) for _ in range(count) for name in ("render_pre", "render_write")]


async def error_of(asked: Any) -> ar.RenderError:
    """What a render raises; nothing of it is left for the next await."""
    with pytest.raises(ar.RenderError, match=FULL) as caught:
        await asked
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)
    return caught.value


def test_it_is_an_error_and_cancels_nobody(scene: bpy.types.Scene, disk: Path) -> None:
    """Blender takes a PNG that does not get onto the disk for written."""
    before = state(scene)

    async def render() -> ar.RenderError:
        return await error_of(ar.render_animation(ar.RenderSettings(filepath=disk / "a_", frame_end=500)))

    error = ar.run(render()).result()
    assert [file.name for file in error.files] == [f"a_{frame:04}.png" for frame in range(1, len(error.files) + 1)]
    assert 0 < len(error.files) < 10
    assert len(list(disk.iterdir())) < 20
    assert state(scene) == before


@pytest.mark.parametrize("ask", [ar.render_animation, lambda settings: taken_from(settings)], ids=["awaited", "frames"])
def test_several_frames_that_are_damaged_at_once_stop_it_once(
    scene: bpy.types.Scene, disk: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[ar.RenderSettings], Any]
) -> None:
    stopped: list[str] = []

    async def job(*arguments: Any, **_options: Any) -> JobOutcome:
        on_events: Callable[[Sequence[JobEvent]], object] = arguments[1]
        fill(disk)
        on_events(written(3))
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append("once")
            on_events(written(2))  # until it is gone
            await asyncio.sleep(0)
            stopped.append("not twice")
            raise
        return JobOutcome()

    monkeypatch.setattr(rendering, "run_job", job)
    ar.run(error_of(ask(ar.RenderSettings(filepath=disk / "a_", frame_end=9))))
    assert stopped == ["once", "not twice"]


async def taken_from(settings: ar.RenderSettings) -> None:
    async with ar.render_frames(settings) as frames:
        async for _ in frames:
            raise AssertionError("none was written")


def test_what_is_found_after_the_job_is_an_error_too(
    scene: bpy.types.Scene, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another add-on has cleared the lists of handlers: nobody told of the frames."""

    async def job(*_: Any, **_options: Any) -> JobOutcome:
        fill(disk)
        return JobOutcome(handlers={"render_complete"})

    monkeypatch.setattr(rendering, "run_job", job)
    ar.run(error_of(ar.render_animation(ar.RenderSettings(filepath=disk / "a_", frame_end=3))))


def test_who_cancels_a_render_that_stops_by_itself_gets_his_cancellation(
    scene: bpy.types.Scene, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def job(*arguments: Any, **_options: Any) -> JobOutcome:
        fill(disk)
        arguments[1](written(1))
        rendered[0].cancel()
        await asyncio.Event().wait()
        return JobOutcome()

    async def cancelled() -> bool:
        asked = ar.RenderSettings(filepath=disk / "a_", frame_end=3)
        rendered.append(asyncio.create_task(ar.render_animation(asked)))
        await asyncio.wait(rendered)
        return rendered[0].cancelled()

    rendered: list[asyncio.Task[Any]] = []
    monkeypatch.setattr(rendering, "run_job", job)
    assert ar.run(cancelled()).result()


def test_a_damaged_file_beside_little_room_is_the_work_of_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial file fits: a picture that did not is larger."""
    output: Any = SimpleNamespace(folder=tmp_path, path="//a_")
    log = OutputLog(output, lambda _frame, _is_complete: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=SCARCE - 1))
    assert log.disk_problem() is None, "nothing is damaged"
    log.record([], {tmp_path / "a_0001.png": "is truncated"})
    assert FULL in str(log.disk_problem())
