"""A pool of two workers of the `bpy` module."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render.output.integrity import find_damage
from async_render.pool.pool import BlenderPool
from async_render.pool.worker_process.process import ChildProcess
from async_render.render.activity import State, activities

from ...support.processes import until, wait_until
from .conftest import ENDLESS, FRAMES

ALL = tuple(range(1, FRAMES + 1))


def states(pool: BlenderPool) -> set[str]:
    return {worker.state for worker in pool.workers}


def complete(folder: Path) -> list[int]:
    """The frames whose files are complete; there are no others."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    assert {file.name: find_damage(file) for file in files if find_damage(file)} == {}
    return [int(file.stem.rpartition("_")[2]) for file in files]


async def test_an_animation_has_the_result_that_this_process_would_have(pool: BlenderPool, out: Path) -> None:
    result = await pool.render_animation(filepath=f"{out}/f_####")
    assert result.frames == ALL
    assert result.files == result.all_files == tuple(out / f"f_{frame:04}.png" for frame in ALL)
    assert list(result.frame_seconds) == list(ALL)
    assert complete(out) == list(ALL)
    assert sum(worker.frames for worker in pool.workers) >= FRAMES
    assert all(worker.pid and worker.megabytes for worker in pool.workers)


async def test_a_second_job_opens_no_file_and_starts_no_worker(pool: BlenderPool, out: Path) -> None:
    await pool.render_animation(filepath=f"{out}/f_####")
    before = [(worker.pid, worker.loads) for worker in pool.workers]
    assert [loads for _, loads in before] == [1, 1]
    await pool.render_animation(filepath=f"{out}/g_####")
    await pool.render_still(filepath=f"{out}/s_0000", frame=3)
    assert [(worker.pid, worker.loads) for worker in pool.workers] == before


async def test_calls_at_the_same_time_share_the_workers(pool: BlenderPool, out: Path) -> None:
    names = ("a", "b", "c")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(pool.render_animation(filepath=f"{out}/{name}/f_####")) for name in names]
    for name, task in zip(names, tasks, strict=True):
        assert task.result().files == tuple(out / name / f"f_{frame:04}.png" for frame in ALL)
        assert complete(out / name) == list(ALL)


async def test_frames_come_one_by_one_with_their_progress(pool: BlenderPool, out: Path) -> None:
    seen = []
    async with pool.render_frames(filepath=f"{out}/f_####") as frames:
        async for frame in frames:
            assert find_damage(frame.path) is None
            seen.append(frame.number)
            assert len(frames.progress.frames) == FRAMES
        assert frames.progress.eta == 0
    assert sorted(seen) == list(ALL)
    assert frames.result is not None
    assert frames.result.frames == ALL


async def test_a_block_that_is_left_early_cancels_the_render(pool: BlenderPool, out: Path) -> None:
    async with pool.render_frames(filepath=f"{out}/f_####") as frames:
        async for _ in frames:
            break
    assert states(pool) == {"idle"}
    assert 1 <= len(complete(out)) <= FRAMES


async def test_a_cancel_in_the_middle_of_a_frame_leaves_warm_workers(pool: BlenderPool, out: Path) -> None:
    await pool.render_still(filepath=f"{out}/warm")
    pids = [worker.pid for worker in pool.workers]
    task = asyncio.create_task(pool.render_animation(filepath=f"{out}/f_####", **ENDLESS))
    await until(lambda: states(pool) == {"busy"}, lambda: (pool.workers, task))
    await until(lambda: any(item.frame for item in activities if item.state is State.RUNNING), lambda: task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(pool) == {"idle"}
    assert list(activities)[-1].state is State.CANCELLED
    (out / "warm.png").unlink()
    assert complete(out) == []
    result = await pool.render_animation(filepath=f"{out}/f_####")
    assert result.frames == ALL
    assert [worker.pid for worker in pool.workers] == pids


async def test_a_still_brings_its_pixels(pool: BlenderPool, out: Path) -> None:
    result = await pool.render_still(filepath=f"{out}/still", frame=5, pixels=True)
    assert result.frames == (5,)
    assert result.files == (out / "still.png",)
    assert (result.pixels.width, result.pixels.height, len(result.pixels.values)) == (32, 32, 4 * 32 * 32)
    assert min(result.pixels.values[3::4]) == 1.0
    unwritten = await pool.render_still(filepath=f"{out}/none", write=False, pixels=True)
    assert unwritten.files == ()
    assert unwritten.pixels.values[0] > 0
    assert [file.name for file in out.iterdir()] == ["still.png"]


async def test_a_resumed_render_renders_what_is_missing_or_damaged(pool: BlenderPool, out: Path) -> None:
    first = await pool.render_animation(filepath=f"{out}/f_####")
    first.files[3].unlink()
    first.files[7].write_bytes(first.files[7].read_bytes()[:50])
    result = await pool.render_animation(filepath=f"{out}/f_####", resume=True)
    assert result.frames == (4, 8)
    assert result.skipped == tuple(frame for frame in ALL if frame not in {4, 8})
    assert result.all_files == first.files
    assert complete(out) == list(ALL)
    again = await pool.render_animation(filepath=f"{out}/f_####", resume=True)
    assert (again.frames, again.files, again.all_files) == ((), (), first.files)


async def test_a_killed_worker_costs_no_frame(pool: BlenderPool, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is killed that says that it has the first frame: it has more of them, or takes more."""
    receive = ChildProcess._take
    killed: list[int] = []

    def take(child: ChildProcess, message: dict[str, Any]) -> None:
        if message.get("event") == "frame" and not killed:
            killed.append(child.hello.pid)
            os.kill(child.hello.pid, signal.SIGKILL)
        receive(child, message)

    monkeypatch.setattr(ChildProcess, "_take", take)
    before = {worker.pid for worker in pool.workers}
    result = await pool.render_animation(filepath=f"{out}/f_####")
    assert result.frames == ALL
    assert complete(out) == list(ALL)
    assert set(killed) < before
    await until(lambda: all(worker.pid for worker in pool.workers), lambda: pool.workers)
    assert before - {worker.pid for worker in pool.workers} == set(killed)


async def test_errors_are_those_of_this_process(pool: BlenderPool, out: Path) -> None:
    with pytest.raises(ar.RenderError, match="camera"):
        await pool.render_animation(filepath=f"{out}/f_####", camera="Nobody")
    with pytest.raises(ValueError, match="samples"):
        await pool.render_animation(samples=-1)
    with pytest.raises(TypeError, match="near to it: 'camera'"):
        await pool.render_animation(camra="Camera")  # type: ignore[call-arg]
    out.write_text("a file")
    with pytest.raises(ar.RenderError, match="there is a file where"):
        await pool.render_animation(filepath=f"{out}/f_####")
    out.unlink()


async def test_two_calls_that_write_the_same_files_are_refused(pool: BlenderPool, out: Path) -> None:
    tasks = [asyncio.create_task(pool.render_animation(filepath=f"{out}/f_####")) for _ in range(2)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [result for result in results if isinstance(result, ar.RenderError)]
    if refused:  # the second plan came while the first was rendered
        assert "another pool, of this process, is writing this file" in str(refused[0])
    assert len(refused) <= 1
    assert complete(out) == list(ALL)


def test_code_that_is_not_async_gets_futures(pool: BlenderPool, out: Path) -> None:
    futures = [pool.submit(filepath=f"{out}/{name}/f_####", frames="1-3") for name in ("a", "b")]
    assert [future.result(120).frames for future in futures] == [(1, 2, 3)] * 2
    endless = pool.submit(filepath=f"{out}/c/f_####", **ENDLESS)
    wait_until(lambda: "busy" in states(pool))
    assert endless.cancel()
    with pytest.raises(CancelledError):
        endless.result(120)
    assert endless.cancelled()


async def test_a_name_with_spaces_umlauts_and_chinese_is_a_name(pool: BlenderPool, tmp_path: Path) -> None:
    folder = tmp_path / "Bär und  Käse 熊貓 {x} #" / ("long" * 50)
    result = await pool.render_animation(filepath=f"{str(folder).replace('{', '{{').replace('}', '}}')}/f_####")
    assert result.files[0].parent == folder
    assert complete(folder) == list(ALL)
