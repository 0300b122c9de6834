"""Three hosts without a common folder: network namespaces with cables, a scheduler with TLS, files that travel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.farm import DaskFarm
from async_render.output.integrity import find_damage
from async_render.render.settings import RenderSettings

from ...support.dask_cluster import DaskCluster, can_mount, children_of
from ...support.network import Network, can_make_networks
from ...support.processes import until
from ...support.requirements import skip
from ...support.workers import PATIENCE, seconds_until_gone
from .test_files_travel import PROJECT, run

if not (can_mount() and can_make_networks()):
    tools = "`ip` of iproute2 and unshare of util-linux must be allowed"
    skip("networks", f"for hosts with cables, {tools}: run as root, outside of a container")

pytestmark = pytest.mark.slow

UNHEARD = "11s"
"""Seconds after which Dask gives up a connection that acknowledges nothing: the least that it takes, and else 30."""

LONG = RenderSettings(samples=200, resolution_x=160, resolution_y=90)
"""Settings of frames that take a part of a second."""


@dataclass(frozen=True)
class Hosts:
    """The client's folder, which the workers do not see, their network, and what a client needs to be let in."""

    client: Path
    network: Network
    cluster: DaskCluster
    security: Any

    def start_worker(self, host: int) -> int:
        store = self.cluster.folder / f"host {host}"
        return self.cluster.add_worker(
            *("--name", f"host {host}", "--host", f"tls://{self.network.address_of(host)}"),
            environment={"XDG_CACHE_HOME": str(store), **TIMEOUT},
            mounts={self.client: "1m"},
            before=self.network.on(host),
        )


TIMEOUT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": UNHEARD}


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    distributed = pytest.importorskip("distributed")
    for name, value in (*TIMEOUT.items(), ("XDG_CACHE_HOME", str(tmp_path / "cache"))):
        monkeypatch.setenv(name, value)
    (client := tmp_path / "client").mkdir()
    (folder := tmp_path / "cluster").mkdir()
    run("make_project.py", client)
    made = distributed.Security.temporary()
    files = {"ca": made.tls_ca_file, "cert": made.tls_worker_cert, "key": made.tls_worker_key}
    for name, text in files.items():
        (folder / f"{name}.pem").write_text(text)
    ca, cert, key = (str(folder / f"{name}.pem") for name in files)
    options = ["--protocol", "tls", "--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
    security = distributed.Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)
    with Network(2) as network:
        cluster = DaskCluster(folder, network.address, options)
        hosts = Hosts(client, network, cluster, security)
        try:
            for host in (2, 3):
                hosts.start_worker(host)
            yield hosts
        finally:
            cluster.close()


async def idle(farm: DaskFarm, count: int) -> list[int]:
    """Wait until so many workers are idle, and return the processes of their Blenders."""
    await until(
        lambda: [worker.state for worker in farm.workers] == ["idle"] * count, lambda: farm.workers, 2 * PATIENCE
    )
    return sorted(worker.pid for worker in farm.workers if worker.pid is not None)


def identity(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns


async def test_three_hosts_render_and_a_pulled_cable_costs_no_frame(hosts: Hosts) -> None:
    """A cable that is soon back costs nothing. One that stays away costs its host, and no frame."""
    network, cluster = hosts.network, hosts.cluster
    out = hosts.client / "out"
    shot = hosts.client / PROJECT / "shots" / "shot.blend"
    assert cluster.address.startswith(f"tls://{network.address}:")
    async with DaskFarm(cluster.address, security=hosts.security, file=shot) as farm:
        blenders = await idle(farm, 2)
        # Of each host, in their order: the farm's first worker is that of the host that was ready first.
        stays, leaves = (children_of(worker.pid) for worker in cluster.workers)
        assert sorted([*stays, *leaves]) == blenders
        written: dict[int, tuple[int, int]] = {}
        async with farm.render_frames(LONG, filepath=f"{out}/a_####", frames="1-16") as frames:
            async for frame in frames:
                assert frame.number not in written
                written[frame.number] = identity(frame.path)
                if len(written) == 2:
                    network.pull(3)
                if len(written) == 4:
                    network.plug(3)
                if len(written) == 8:
                    assert sorted(worker.pid for worker in farm.workers if worker.pid) == blenders
                    network.pull(3)
        assert sorted(written) == list(range(1, 17))
        files = {number: out / f"a_{number:04}.png" for number in written}
        assert sorted(out.iterdir()) == sorted(files.values())
        assert {number: identity(file) for number, file in files.items()} == written
        assert [find_damage(file) for file in files.values()] == [None] * 16

        cut_off = cluster.workers.pop()
        cut_off.wait(PATIENCE)  # Dask ends a worker that has lost its scheduler
        seconds_until_gone(leaves)
        assert await idle(farm, 1) == stays  # the scheduler may hear of the loss later than the worker itself
        network.plug(3)
        hosts.start_worker(3)
        await idle(farm, 2)
        task = asyncio.create_task(farm.render_animation(filepath=f"{out}/b_####", frames="1-8", samples=1 << 22))
        busy = [("busy", True)] * 2
        await until(lambda: [(worker.state, worker.loads > 0) for worker in farm.workers] == busy, lambda: farm.workers)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await idle(farm, 2)
        result = await farm.render_animation(LONG, filepath=f"{out}/b_####", frames="1-8")
        assert result.frames == tuple(range(1, 9))
        assert [worker.frames > 0 for worker in farm.workers] == [True, True]
    left = [process.pid for process in cluster.workers if children_of(process.pid)]
    assert left == []
