"""A farm on a real cluster: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from async_render.farm.cluster import members
from async_render.farm.cluster.dask_child import DaskChild
from async_render.farm.cluster.link import Link
from async_render.farm.farm import DaskFarm
from async_render.render.errors import RenderError, WorkerError
from async_render.render.settings import RenderSettings

from ...support.dask_cluster import DaskCluster, children_of
from ...support.processes import until
from ...support.workers import PATIENCE, seconds_until_gone
from ..pool.conftest import save_shot

pytestmark = pytest.mark.slow

BIG = RenderSettings(samples=1 << 22, resolution_x=2000, resolution_y=2000)
"""Settings of frames that take hours."""

SLOW = RenderSettings(samples=1 << 12, resolution_x=200, resolution_y=200)
"""Settings of frames that take a second or two, so that their progress is told."""


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shot(tmp_path_factory.mktemp("shot") / "shot.blend")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    cluster.add_worker()
    cluster.add_worker()
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def opened(cluster: DaskCluster, shot: Path) -> Iterator[DaskFarm]:
    with DaskFarm(cluster.address, file=shot) as farm:
        yield farm
        pids = [worker.pid for worker in farm.workers if worker.pid is not None]
    assert pids
    seconds_until_gone(pids)


@pytest.fixture
async def farm(cluster: DaskCluster, opened: DaskFarm) -> DaskFarm:
    """A farm with two idle Blenders; a worker that a test has killed is started again."""
    alive = [process for process in cluster.workers if process.poll() is None]
    for _ in range(2 - len(alive)):
        cluster.add_worker()
    await two_workers(opened, cluster)
    return opened


async def two_workers(farm: DaskFarm, cluster: DaskCluster) -> None:
    """Wait until two workers are idle, whose Dask workers live: the farm hears of a death from the scheduler."""

    def are_there() -> bool:
        alive = [process.pid for process in cluster.workers if process.poll() is None]
        blenders = {blender for pid in alive for blender in children_of(pid)}
        return [worker.pid in blenders and worker.state == "idle" for worker in farm.workers] == [True] * 2

    await until(are_there, lambda: farm.workers, 2 * PATIENCE)


async def begun(farm: DaskFarm, count: int) -> None:
    """Wait until so many workers are busy with frames. One of them may still have to start."""

    def are_busy() -> bool:
        return sum(worker.state == "busy" and worker.loads > 0 for worker in farm.workers) >= count

    await until(are_busy, lambda: farm.workers, 2 * PATIENCE)


async def test_an_animation_is_whole_and_a_second_one_loads_nothing(farm: DaskFarm, tmp_path: Path) -> None:
    first = await farm.render_animation(filepath=f"{tmp_path}/a/####")
    assert first.frames == tuple(range(1, 13))
    assert [file.name for file in first.files] == [f"{frame:04}.png" for frame in range(1, 13)]
    await farm.render_animation(filepath=f"{tmp_path}/b/####")
    assert {worker.loads for worker in farm.workers} == {1}
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a", tmp_path / "b"]
    assert len(list((tmp_path / "a").iterdir())) == 12


async def test_what_is_complete_is_skipped_by_resume(farm: DaskFarm, tmp_path: Path) -> None:
    await farm.render_animation(filepath=f"{tmp_path}/####", frames="1-5")
    result = await farm.render_animation(filepath=f"{tmp_path}/####", frames="1-8", resume=True)
    assert (result.frames, result.skipped) == ((6, 7, 8), (1, 2, 3, 4, 5))


async def test_a_still_has_its_pixels(farm: DaskFarm, tmp_path: Path) -> None:
    still = await farm.render_still(filepath=f"{tmp_path}/still", pixels=True)
    assert still.files == (tmp_path / "still.png",)
    assert (still.pixels.width, still.pixels.height) == (32, 32)


async def test_a_cancel_stops_the_frame_and_the_blender_stays(farm: DaskFarm, tmp_path: Path) -> None:
    before = {worker.pid for worker in farm.workers}
    long = farm.render_animation(BIG, filepath=f"{tmp_path}/long/####")
    task = asyncio.create_task(long)
    await begun(farm, 2)
    task.cancel()
    begin = monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert monotonic() - begin < PATIENCE
    assert {worker.state for worker in farm.workers} == {"idle"}
    assert {worker.pid for worker in farm.workers} == before
    result = await farm.render_animation(filepath=f"{tmp_path}/after/####", frames="1-4")
    assert result.frames == (1, 2, 3, 4)


async def test_a_killed_dask_worker_costs_no_frame_and_leaves_no_blender(
    farm: DaskFarm, cluster: DaskCluster, tmp_path: Path
) -> None:
    victim = next(process for process in cluster.workers if process.poll() is None)
    blenders = children_of(victim.pid)
    assert blenders
    async with farm.render_frames(filepath=f"{tmp_path}/####", samples=64) as frames:
        await begun(farm, 2)
        victim.kill()
        numbers = [frame.number async for frame in frames]
    assert sorted(numbers) == list(range(1, 13))
    assert frames.result is not None
    assert frames.result.frames == tuple(range(1, 13))
    seconds_until_gone(blenders)


async def test_a_killed_blender_is_started_again(farm: DaskFarm, cluster: DaskCluster, tmp_path: Path) -> None:
    task = asyncio.create_task(farm.render_animation(filepath=f"{tmp_path}/####", samples=64))
    await begun(farm, 2)
    pid = farm.workers[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert (await task).frames == tuple(range(1, 13))
    await two_workers(farm, cluster)
    assert pid not in {worker.pid for worker in farm.workers}


async def test_a_worker_that_joins_in_the_middle_renders(farm: DaskFarm, cluster: DaskCluster, tmp_path: Path) -> None:
    long = farm.render_animation(BIG, filepath=f"{tmp_path}/####")
    task = asyncio.create_task(long)
    await begun(farm, 2)
    cluster.add_worker()
    await begun(farm, 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    process = cluster.workers[-1]
    process.terminate()
    process.wait(PATIENCE)


async def test_workers_that_are_stopped_are_said_and_render_again_when_they_go_on(
    farm: DaskFarm, cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their Blenders live on meanwhile, and their folders were taken away: nothing is left of their frames."""
    monkeypatch.setattr(members, "RENEW_INTERVAL", 0.2)
    before = {worker.pid for worker in farm.workers}
    task = asyncio.create_task(farm.render_animation(BIG, filepath=f"{tmp_path}/long/####"))
    await begun(farm, 2)
    monkeypatch.setattr(Link.order, "__kwdefaults__", {"within": 1.0})
    stopped = [process.pid for process in cluster.workers if process.poll() is None]
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(RenderError, match=r"has not answered the order 'renew' in 1 s, 3 times in a row: restart"):
            await task
        assert list((tmp_path / "long").iterdir()) == []
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    await two_workers(farm, cluster)
    result = await farm.render_animation(filepath=f"{tmp_path}/after/####", frames="1-4")
    assert result.frames == (1, 2, 3, 4)
    assert not before & {worker.pid for worker in farm.workers}
    seconds_until_gone([pid for pid in before if pid is not None])


async def test_a_worker_without_blender_is_said(cluster: DaskCluster, shot: Path) -> None:
    async with DaskFarm(cluster.address, file=shot, blender="/nowhere/blender") as farm:
        with pytest.raises(RenderError, match=r"cannot render.*blender='/nowhere/blender' is not a file"):
            await farm.render_animation(filepath="//out/####")


async def test_no_scheduler_at_the_address_is_said(shot: Path) -> None:
    with pytest.raises(RenderError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9' within"):
        await DaskFarm("tcp://127.0.0.1:9", file=shot, connect_timeout=1).__aenter__()


async def test_another_version_of_this_package_is_said(
    cluster: DaskCluster, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("async_render.farm.cluster.link.package_version", lambda: "9.9.9")
    async with DaskFarm(cluster.address, file=shot) as farm:
        with pytest.raises(RenderError, match=r"has Async Render \d.*and this client 9\.9\.9.*same version"):
            await farm.render_animation(filepath="//out/####")


async def test_a_mapped_folder_is_written_under_its_name_here(cluster: DaskCluster, shot: Path, tmp_path: Path) -> None:
    link = tmp_path / "mounted"
    link.symlink_to(shot.parent)
    async with DaskFarm(cluster.address, file=link / "shot.blend", paths={link: shot.parent}) as farm:
        result = await farm.render_animation(filepath=f"{link}/mapped/####", frames="1-2")
    assert result.files == (link / "mapped" / "0001.png", link / "mapped" / "0002.png")
    assert all(file.exists() for file in result.files)


async def test_the_dashboard_is_known(farm: DaskFarm) -> None:
    assert farm.dashboard is not None
    assert farm.dashboard.startswith("http://127.0.0.1:")


async def test_a_frame_that_kills_every_worker_is_given_up_and_named(
    farm: DaskFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Blender that says that it renders frame 5 is killed, whichever it is."""
    receive = DaskChild._take
    killed: list[int] = []

    def take(child: DaskChild, message: Mapping[str, Any]) -> None:
        receive(child, message)
        event = message.get("event", {})
        if event.get("event") == "progress" and event["number"] == 5 and child.hello.pid not in killed:
            killed.append(child.hello.pid)
            os.kill(child.hello.pid, signal.SIGKILL)

    monkeypatch.setattr(DaskChild, "_take", take)
    with pytest.raises(WorkerError, match=r"frame 5 of 3 given up after 3 tries.*SIGKILL") as raised:
        await farm.render_animation(SLOW, filepath=f"{tmp_path}/####", frames="4-6")
    assert raised.value.frames == (4, 6)
    assert len(killed) == 3


async def test_a_nanny_that_is_killed_leaves_no_blender_behind_and_none_has_its_variables(
    farm: DaskFarm, cluster: DaskCluster
) -> None:
    nanny = cluster.add_worker("--name", "nursed", nanny=True)

    def blenders_of_nanny() -> list[int]:
        return [pid for pid in children_of(nanny) if pid in {worker.pid for worker in farm.workers}]

    await until(lambda: len(blenders_of_nanny()) == 1, lambda: farm.workers, 2 * PATIENCE)
    blenders = blenders_of_nanny()
    variables = Path(f"/proc/{blenders[0]}/environ").read_bytes().split(b"\0")
    assert not [item for item in variables if item.startswith((b"MALLOC_TRIM_THRESHOLD_", b"OMP_NUM_THREADS"))]
    os.kill(nanny, signal.SIGKILL)
    seconds_until_gone(blenders)
    cluster.workers.pop().wait(PATIENCE)


async def test_a_scheduler_that_is_killed_and_started_again_costs_no_frame(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, shot: Path
) -> None:
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker()
        async with DaskFarm(cluster.address, file=shot) as farm:
            async with farm.render_frames(filepath=f"{tmp_path}/####", samples=256) as frames:
                numbers = []
                async for frame in frames:
                    numbers.append(frame.number)
                    if len(numbers) == 2:
                        cluster.scheduler.kill()
                        cluster.scheduler.wait(PATIENCE)
                        cluster.workers[0].wait(PATIENCE)  # Dask's workers end without their scheduler
                        cluster.start_scheduler()
                        cluster.add_worker()
            assert sorted(numbers) == list(range(1, 13))
            cluster.scheduler.kill()
            cluster.scheduler.wait(PATIENCE)
    finally:
        cluster.close()


async def test_a_scheduler_that_stays_away_ends_the_call(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, shot: Path
) -> None:
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker()
        async with DaskFarm(cluster.address, file=shot, connect_timeout=2) as farm:
            task = asyncio.create_task(farm.render_animation(BIG, filepath=f"{tmp_path}/####"))
            await begun(farm, 1)
            blenders = [worker.pid for worker in farm.workers if worker.pid is not None]
            cluster.scheduler.kill()
            with pytest.raises(RenderError, match=r"connection to Dask's scheduler was lost.*resume=True"):
                await task
            seconds_until_gone(blenders)
    finally:
        cluster.close()
