"""The Blenders beside a Dask worker: one for each client, as long as the client is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from async_render.farm.cluster.dask_child import DaskChild
from async_render.farm.dask_worker import station as module
from async_render.farm.dask_worker.station import Station
from async_render.pool.worker_process.child import ChildLostError, Hello
from async_render.render.errors import WorkerError


class Blender:
    """A child process that ends when it is asked to."""

    hello = Hello((5, 0, 0), "3.11", 7)
    memory = None
    token = "0123abcd"

    def __init__(self) -> None:
        self.ended: str | None = None
        self.log = SimpleNamespace(last_lines=tuple)

    async def end(self) -> None:
        self.ended = "exit code 0"


@pytest.fixture
def blenders(monkeypatch: pytest.MonkeyPatch) -> dict[str, Blender]:
    """The Blenders that were started, by their posts. One that is called `slow` waits until the next one is there."""
    started: dict[str, Blender] = {}

    async def start_child(_program: object, *, log: Path, **_options: Any) -> Blender:
        started[log.stem] = Blender()
        while log.stem == "slow" and len(started) < 2:
            await asyncio.sleep(0.01)
        return started[log.stem]

    async def check_program(_program: object) -> None:
        """Do nothing."""

    monkeypatch.setattr(module, "start_child", start_child)
    monkeypatch.setattr(module, "check_program", check_program)
    monkeypatch.setattr(module, "POLL_INTERVAL", 0.01)
    return started


@pytest.fixture
async def station(tmp_path: Path, blenders: dict[str, Blender]) -> AsyncIterator[Station]:
    status = SimpleNamespace(name="running")
    worker = SimpleNamespace(local_directory=tmp_path, nanny=None, status=status, address="tcp://worker:1")
    station = Station(worker)
    yield station
    status.name = "closed"
    while not station.is_over or any(blender.ended is None for blender in blenders.values()):
        await asyncio.sleep(0.01)
    station._loop.stop(60.0)  # a Dask worker's process ends with it; this one has other tests


async def start(station: Station, post: str, topic: str, lease: float = 60.0) -> Mapping[str, Any]:
    program = {"kind": "blender", "path": "/blender", "arguments": [], "environment": {}}
    order = {"order": "start", "post": post, "name": post, "topic": topic, "lease": lease, "program": program}
    answer: Mapping[str, Any] = await station.ask({**order, "nice": 0, "start_timeout": 10.0})
    return answer


async def renewed(station: Station, post: str) -> Any:
    return (await station.ask({"order": "renew", "posts": {post: 0}}))[post]


async def test_a_client_has_one_blender_and_an_older_one_ends_when_the_next_starts(
    station: Station, blenders: dict[str, Blender]
) -> None:
    for post, topic in (("first", "one"), ("other", "two"), ("second", "one")):
        assert (await start(station, post, topic))["pid"] == 7
    assert {post: blender.ended for post, blender in blenders.items()} == {
        "first": "exit code 0",
        "other": None,
        "second": None,
    }
    assert await renewed(station, "first") is False


async def test_a_start_that_its_client_does_not_wait_for_any_more_leaves_no_blender(
    station: Station, blenders: dict[str, Blender]
) -> None:
    late, next_one = await asyncio.gather(start(station, "slow", "one"), start(station, "next", "one"))
    assert "started once more meanwhile" in late["error"]["message"]
    assert next_one["pid"] == 7
    assert [blenders[post].ended for post in ("slow", "next")] == ["exit code 0", None]


async def test_a_blender_whose_client_was_not_heard_is_told_as_that(
    station: Station, blenders: dict[str, Blender]
) -> None:
    """A computer that sleeps for a night is no fault of the frame."""
    await start(station, "post", "one", lease=0.0)
    while blenders["post"].ended is None:
        await asyncio.sleep(0.01)
    answer = await renewed(station, "post")
    link: Any = SimpleNamespace(forget=lambda _post: None)
    child = DaskChild(link, "tcp://worker:1", "worker 1")
    child.renewed(answer)
    with pytest.raises(ChildLostError, match="has ended: this process was not heard for 60 s, as when it sleeps"):
        raise child.error()


async def test_a_blender_that_nobody_knows_is_counted() -> None:
    link: Any = SimpleNamespace(forget=lambda _post: None)
    child = DaskChild(link, "tcp://worker:1", "worker 1")
    child.renewed(False)
    error = child.error()
    assert isinstance(error, WorkerError)
    assert not isinstance(error, ChildLostError)
