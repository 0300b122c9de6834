"""A farm whose workers do not see the client's folders: real Dask workers, over whose eyes an empty disk is mounted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from async_render.farm.farm import DaskFarm
from async_render.farm.file_ways.farm_child import FarmChild
from async_render.output.integrity import find_damage
from async_render.render.errors import RenderError

from ...support.dask_cluster import DaskCluster, can_mount
from ...support.pictures import open_picture
from ...support.processes import until
from ...support.requirements import skip
from ...support.workers import PATIENCE
from ..pool.conftest import save_shot
from .test_files_travel import PROJECT, picture_of, run

if not can_mount():
    tools = "unshare of util-linux must be allowed to mount"
    skip("mounts", f"to hide folders from a worker, {tools}: run as root, outside of a container")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Hosts:
    """A client, whose folder is hidden from the worker; the worker's store; and the pixels of frame 2."""

    client: Path
    store: Path
    cluster: DaskCluster
    expected: bytes = b""

    @property
    def jobs(self) -> list[Path]:
        """What is left of jobs in the worker's store."""
        return list((self.store / "async_render" / "farm" / "jobs").iterdir())


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    client, store = tmp_path_factory.mktemp("client"), tmp_path_factory.mktemp("store")
    run("make_project.py", client)
    save_shot(client / "plain.blend")
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    cluster.add_worker("--name", "blind", environment={"XDG_CACHE_HOME": str(store)}, mounts={client: "1m"})
    expected = picture_of(client / PROJECT / "shots" / "shot.blend", store / "here.png")
    yield Hosts(client, store, cluster, expected)
    cluster.close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the client's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@asynccontextmanager
async def opened(hosts: Hosts, file: Path, workers: int = 1) -> AsyncIterator[DaskFarm]:
    """A farm whose workers are idle."""
    async with DaskFarm(hosts.cluster.address, file=file) as farm:
        are_idle = ["idle"] * workers
        await until(lambda: [worker.state for worker in farm.workers] == are_idle, lambda: farm.workers, 2 * PATIENCE)
        yield farm


def sent_by(farm: DaskFarm) -> list[int]:
    """The bytes of files that each worker has got."""
    assert farm._backend is not None
    assert farm._backend.crew is not None
    children = [member.child for member in farm._backend.crew.members]
    assert all(isinstance(child, FarmChild) for child in children)
    return [child.sent for child in children if isinstance(child, FarmChild)]


async def test_textures_and_libraries_are_sent_once_and_frames_come_back_whole(hosts: Hosts) -> None:
    shot = hosts.client / PROJECT / "shots" / "shot.blend"
    out = hosts.client / "out"
    async with opened(hosts, shot) as farm:
        first = await farm.render_animation(filepath=f"{out}/a_####")
        assert first.files == (out / "a_0001.png", out / "a_0002.png")
        assert [find_damage(file) for file in first.files] == [None, None]
        assert [text for text in first.warnings if "gone.png" in text]
        assert sent_by(farm)[0] > 100_000
    with open_picture(first.files[1]) as picture:
        assert picture.convert("RGB").tobytes() == hosts.expected
    assert hosts.jobs == []

    first.files[0].unlink()
    async with opened(hosts, shot) as farm:
        second = await farm.render_animation(filepath=f"{out}/a_####", resume=True)
        assert (second.frames, second.skipped) == ((1,), (2,))
        assert sent_by(farm) == [0]
        still = await farm.render_still(filepath=f"{out}/still", pixels=True)
        assert still.files == (out / "still.png",)
        assert (still.pixels.width, still.pixels.height) == (160, 20)
        with pytest.raises(RenderError, match=r"file_format is a movie.*share the folder"):
            await farm.render_animation(filepath=f"{out}/film", file_format="FFMPEG")
    assert sorted(path.name for path in out.iterdir()) == ["a_0001.png", "a_0002.png", "still.png"]


async def test_a_worker_that_sees_the_folder_is_sent_nothing(hosts: Hosts) -> None:
    hosts.cluster.add_worker("--name", "seeing")
    seeing = hosts.cluster.workers[-1]
    try:
        async with opened(hosts, hosts.client / "plain.blend", workers=2) as farm:
            async with asyncio.timeout(2 * PATIENCE):
                while not all(worker.loads for worker in farm.workers):  # else one does all while the other one loads
                    both = (farm.render_animation(filepath=f"//{name}/####", frames="1-2") for name in ("a", "b"))
                    await asyncio.gather(*both)
            async with farm.render_frames(filepath="//mixed/####", samples=64) as frames:
                numbers = sorted([frame.number async for frame in frames])
            sent = sent_by(farm)
            rendered = [worker.frames for worker in farm.workers]
        assert numbers == list(range(1, 13))
        assert (min(sent), len(set(sent))) == (0, 2)
        assert min(rendered) > 0
    finally:
        seeing.terminate()
        seeing.wait(PATIENCE)
    assert len(list((hosts.client / "mixed").iterdir())) == 12


async def test_a_worker_that_sees_the_file_and_not_the_output_folder_sends_frames_back(
    hosts: Hosts, tmp_path: Path
) -> None:
    shot = save_shot(tmp_path / "seen" / "shot.blend")
    async with opened(hosts, shot) as farm:
        first = await farm.render_animation(filepath=f"{hosts.client}/back/####", frames="1-3")
        again = await farm.render_animation(filepath=f"{hosts.client}/back/####", frames="1-4", resume=True)
        assert sent_by(farm)[0] > 0
    assert [find_damage(file) for file in (*first.files, *again.files)] == [None] * 4
    assert (again.frames, again.skipped) == ((4,), (1, 2, 3))


async def test_a_worker_that_sees_the_file_and_not_its_textures_is_sent_both(hosts: Hosts, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    shot = hosts.client / PROJECT / "shots" / "shot.blend"
    cluster = DaskCluster(tmp_path)
    try:
        cluster.add_worker(environment={"XDG_CACHE_HOME": str(store)}, mounts={hosts.client / "outside": "1m"})
        async with opened(Hosts(hosts.client, store, cluster), shot) as farm:
            result = await farm.render_animation(filepath=f"{hosts.client}/half/####", frames="2")
            assert sent_by(farm)[0] > 0
        with open_picture(result.files[0]) as picture:
            assert picture.convert("RGB").tobytes() == hosts.expected
        assert [text for text in result.warnings if " is missing: " in text and "gone.png" not in text] == []
    finally:
        cluster.close()


async def test_a_worker_without_room_is_said(hosts: Hosts, tmp_path: Path) -> None:
    store = tmp_path / "small"
    store.mkdir()
    cluster = DaskCluster(tmp_path)
    try:
        cluster.add_worker(environment={"XDG_CACHE_HOME": str(store)}, mounts={hosts.client: "1m", store: "40k"})
        async with opened(Hosts(hosts.client, store, cluster), hosts.client / "plain.blend") as farm:
            with pytest.raises(RenderError, match=r"cannot render: .* has [\d,]+ bytes free, and 'plain.blend' needs"):
                await farm.render_animation(filepath="//full/####")
    finally:
        cluster.close()
