"""Blenders of a farm that are lost: whose fault a loss is, and after how many renewals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from async_render.farm.cluster import members
from async_render.farm.cluster.members import MOST_MISSED, FarmCrew
from async_render.pool.crew.member import Wear


class Link:
    """A connection to a scheduler that knows these Dask workers."""

    address = "tcp://scheduler"
    is_closed = False
    unanswered = 0

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.losses = 0
        self.client = SimpleNamespace(status="running")

    async def workers(self) -> set[str]:
        return set(self.known)


class Blender:
    """A Blender beside a Dask worker, which is lost at some time."""

    post, received = "post", 0
    ended: str | None = None
    memory: int | None = None

    def __init__(self, address: str) -> None:
        self.address = address
        self.renewals = 0
        self.answers = True
        self.lost: asyncio.Future[tuple[str, bool]] = asyncio.get_running_loop().create_future()

    async def renew(self) -> None:
        self.renewals += 1
        if not self.answers:
            raise OSError("it has not answered")

    def lose(self, why: str, *, is_blameless: bool) -> None:
        self.ended = "lost"
        self.lost.set_result((why, is_blameless))

    async def end(self) -> None:
        self.ended = "ended"


@asynccontextmanager
async def blender_of(link: Link, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Blender]:
    """The Blender of a farm with one Dask worker."""
    monkeypatch.setattr(members, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(members, "RENEW_INTERVAL", 0.001)
    started: asyncio.Future[Blender] = asyncio.get_running_loop().create_future()

    async def start(_number: int, address: str) -> Blender:
        started.set_result(Blender(address))
        return started.result()

    given: Any = link
    crew = FarmCrew(given, start, tries=1, wear=Wear(), worker_timeout=60)
    try:
        async with asyncio.timeout(60):
            yield await started
    finally:
        await crew.end()


@pytest.mark.parametrize("losses", [0, 1])
async def test_the_death_of_a_dask_worker_is_blameless_where_the_connection_was_lost_since_its_start(
    losses: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Link("tcp://a")
    async with blender_of(link, monkeypatch) as blender:
        link.losses += losses
        link.known.clear()
        assert await blender.lost == ("is gone with its Dask worker", bool(losses))


async def test_a_dask_worker_that_misses_some_renewals_in_a_row_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("tcp://a")
    async with blender_of(link, monkeypatch) as blender:
        while blender.renewals < 2:
            await asyncio.sleep(0)
        blender.answers, blender.renewals = False, 0
        assert await blender.lost == ("does not answer: it has not answered", False)
        assert blender.renewals == MOST_MISSED
