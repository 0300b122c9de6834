"""A pool whose workers die, hang, and fail in the middle of an animation: no frame is lost, and none is half."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render.output.integrity import find_damage
from async_render.pool.pool import BlenderPool
from async_render.pool.worker_process import process

from ...support.disks import MS_RDONLY, mounted
from ...support.empty_file import new_empty_file
from ...support.processes import until
from ...support.workers import ACTIONS, seconds_until_gone

FRAMES = tuple(range(1, 13))


class Workers:
    """A pool of two workers that do wrong things in some frames.

    Attributes:
        pool: the pool.
        logs: the folder of its logs.
    """

    def __init__(self, pool: BlenderPool, folder: Path) -> None:
        self.pool = pool
        self.logs = folder / "logs"
        self._faults = folder / "faults.json"

    def have_faults(self, faults: Mapping[int, str]) -> None:
        """Let frames do something wrong: `{4: "kill once"}`."""
        file = self._faults.with_suffix(".new")
        file.write_text(json.dumps(faults))
        file.replace(self._faults)

    @property
    def pids(self) -> set[int]:
        """The processes that are ready."""
        return {worker.pid for worker in self.pool.workers if worker.pid is not None}


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """One pool for all tests of this file: to start a worker takes two seconds."""
    folder = tmp_path_factory.mktemp("faults")
    program = folder / "python_with_faults"
    python, actions = shlex.quote(sys.executable), shlex.quote(str(ACTIONS))
    program.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exec {python} "$@"\nexec {python} {actions} "$@"\n')
    program.chmod(0o755)
    file = folder / "scene ü 渲染.blend"
    _save_scene(file)
    (folder / "logs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", str(folder / "faults.json"))
        patch.setattr(process, "SILENCE_LIMIT", 4.0)
        pool = BlenderPool(2, blender=program, file=file, frame_timeout=8, log_folder=folder / "logs")
        pool.open()
        found = Workers(pool, folder)
        yield found
        pids = found.pids
        pool.close()
        seconds_until_gone(pids)


def _save_scene(file: Path) -> None:
    scene = new_empty_file()
    scene.frame_start, scene.frame_end = FRAMES[0], FRAMES[-1]
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.cycles.use_adaptive_sampling = False  # many samples are many
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    bpy.ops.wm.save_as_mainfile(filepath=str(file))


def assert_complete(folder: Path, frames: tuple[int, ...] = FRAMES) -> None:
    """Only these frames are in the folder, each of them complete, and nothing else is left there."""
    assert sorted(file.name for file in folder.iterdir()) == [f"{frame:04}.png" for frame in frames]
    assert {file.name: damage for file in folder.iterdir() if (damage := find_damage(file))} == {}


@pytest.mark.parametrize("fault", ["kill once", "exit once", "stop once", "hang once"])
async def test_the_frames_of_a_worker_that_dies_or_hangs_are_rendered_by_others(
    fault: str, workers: Workers, tmp_path: Path
) -> None:
    workers.have_faults({5: fault})
    result = await workers.pool.render_animation(filepath=f"{tmp_path}/out/")
    assert result.frames == FRAMES
    assert [file.name for file in result.files] == [f"{frame:04}.png" for frame in FRAMES]
    assert_complete(tmp_path / "out")


async def test_a_frame_that_kills_every_worker_is_given_up_and_the_others_are_finished(
    workers: Workers, tmp_path: Path
) -> None:
    workers.have_faults({4: "kill"})
    with pytest.raises(ar.WorkerError, match="signal SIGKILL") as caught:
        await workers.pool.render_animation(filepath=f"{tmp_path}/out/")
    others = tuple(frame for frame in FRAMES if frame != 4)
    assert (caught.value.frame, caught.value.frames) == (4, others)
    assert len(caught.value.files) == len(others)
    assert caught.value.ended == "signal SIGKILL"
    assert_complete(tmp_path / "out", others)


async def test_a_frame_that_raises_in_every_worker_is_given_up_and_the_others_are_finished(
    workers: Workers, tmp_path: Path
) -> None:
    workers.have_faults({4: "lose_the_camera"})
    with pytest.raises(ar.RenderError) as caught:
        await workers.pool.render_animation(filepath=f"{tmp_path}/out/")
    others = tuple(frame for frame in FRAMES if frame != 4)
    assert caught.value.frames == others, caught.value
    assert_complete(tmp_path / "out", others)


async def test_a_worker_that_prints_100_mb_goes_on(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({2: "print_100_mb"})
    result = await workers.pool.render_animation(filepath=f"{tmp_path}/out/")
    assert result.frames == FRAMES
    assert_complete(tmp_path / "out")
    assert sum(log.stat().st_size for log in workers.logs.iterdir()) < 40 << 20


async def test_workers_that_are_killed_from_outside_are_replaced(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({})
    async with workers.pool.render_frames(filepath=f"{tmp_path}/out/") as frames:
        numbers: list[int] = []
        killed: set[int] = set()
        async for frame in frames:
            numbers.append(frame.number)
            if len(numbers) in {2, 6}:
                for pid in workers.pids - killed:  # the pool may not have noticed yet that those are dead
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
    assert killed
    assert sorted(numbers) == list(FRAMES)
    assert_complete(tmp_path / "out")


async def test_a_call_that_is_cancelled_leaves_complete_files_and_workers_that_live(
    workers: Workers, tmp_path: Path
) -> None:
    workers.have_faults({})
    first = await workers.pool.render_animation(filepath=f"{tmp_path}/first/")
    assert first.frames == FRAMES
    await until(lambda: len(workers.pids) == 2)  # one that was killed in another test is starting
    pids = workers.pids
    rendering = asyncio.create_task(workers.pool.render_animation(filepath=f"{tmp_path}/out/", samples=1 << 24))
    await until(lambda: any((tmp_path / "out").glob("*")) or rendering.done())
    rendering.cancel()
    await asyncio.wait([rendering])
    assert rendering.cancelled()
    assert list((tmp_path / "out").iterdir()) == []
    assert (await workers.pool.render_animation(filepath=f"{tmp_path}/second/")).frames == FRAMES
    assert workers.pids == pids


async def test_a_full_disk_ends_the_call_and_names_the_folder(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({})
    with mounted(tmp_path / "disk", options=b"size=256k") as disk:
        with pytest.raises(ar.RenderError) as caught:
            await workers.pool.render_animation(
                filepath=f"{disk}/", resolution_x=320, resolution_y=200, compression=0, color_depth="16"
            )
        assert str(disk) in str(caught.value)
        assert "disk is full" in str(caught.value) or "No space left" in str(caught.value), caught.value
        files = [file for file in disk.iterdir() if file.name.endswith(".png")]
        assert {file.name for file in files} == {file.name for file in caught.value.files}
        assert [file for file in files if find_damage(file)] == []


async def test_a_folder_that_cannot_be_written_is_refused_before_the_first_frame(
    workers: Workers, tmp_path: Path
) -> None:
    workers.have_faults({})
    with mounted(tmp_path / "disk", MS_RDONLY) as disk, pytest.raises(ar.RenderError, match="Read-only") as caught:
        await workers.pool.render_animation(filepath=f"{disk}/")
    assert str(disk) in str(caught.value)
    assert caught.value.frames == ()


async def test_paths_may_have_any_characters_and_250_of_them(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({})
    for name in ("mit Leerzeichen ü 渲染 'x' \"y\"", "n" * 240):
        result = await workers.pool.render_animation(filepath=f"{tmp_path}/{name}/", frames="1-4")
        assert [file.parent.name for file in result.files] == [name] * 4
        assert_complete(tmp_path / name, (1, 2, 3, 4))


async def test_many_calls_at_once_finish_although_workers_die(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({3: "kill once", 9: "exit once"})
    calls = [workers.pool.render_animation(filepath=f"{tmp_path}/{name}/") for name in "abc"]
    for result, name in zip(await asyncio.gather(*calls), "abc", strict=True):
        assert result.frames == FRAMES
        assert_complete(tmp_path / name)


async def test_a_movie_is_whole_although_a_worker_dies(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({3: "kill once"})
    result = await workers.pool.render_animation(filepath=f"{tmp_path}/out/shot", file_format="FFMPEG")
    assert result.frames == FRAMES
    assert [file for file in result.files if find_damage(file)] == []
    assert list((tmp_path / "out").iterdir()) == list(result.files)


async def test_a_movie_with_a_frame_that_kills_every_worker_is_not_written(workers: Workers, tmp_path: Path) -> None:
    workers.have_faults({3: "kill"})
    with pytest.raises(ar.WorkerError) as caught:
        await workers.pool.render_animation(filepath=f"{tmp_path}/out/shot", file_format="FFMPEG")
    assert (caught.value.frame, caught.value.files) == (3, ())
    assert list((tmp_path / "out").iterdir()) == []
