"""The crew of a farm, with a connection that is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.cluster import members
from async_render.farm.cluster.members import MOST_MISSED, FarmCrew
from async_render.pool.crew.errands import Load, OneRequest
from async_render.pool.crew.member import Wear
from async_render.render.errors import RenderError

ADDRESS = "tcp://worker:1"


class Link:
    """A connection to a scheduler with one worker, which answers as a test says."""

    address = "tcp://scheduler:1"
    is_closed = False
    losses = unanswered = 0

    def __init__(self) -> None:
        self.known: set[str] | None = {ADDRESS}
        self.answers = False
        self.asked = 0

    async def workers(self) -> set[str] | None:
        return self.known

    async def order(self, address: str, order: str, **_fields: Any) -> Any:
        self.asked += 1
        if not self.answers:
            raise OSError(f"the Dask worker {address} has not answered the order {order!r} in 15 s")
        return {}


class BrokenLink:
    """A connection in which something happens that nobody has thought of."""

    is_closed = False
    losses = unanswered = 0

    async def workers(self) -> set[str]:
        """Break."""
        raise AttributeError("'NoneType' object has no attribute 'ncores'")


async def test_an_error_that_nobody_has_thought_of_ends_the_errands_instead_of_keeping_them_for_ever() -> None:
    link: Any = BrokenLink()
    crew = FarmCrew(link, lambda _number, _worker: None, tries=1, wear=Wear(), worker_timeout=60)
    try:
        async with asyncio.timeout(20):
            with pytest.raises(RenderError, match=r"lost sight of its workers.*ncores.*open the farm again"):
                await crew.do(OneRequest(Load(Path("/shot.blend"), "key"), {"do": "still"}, tries=1))
    finally:
        await crew.end()


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Link:
    monkeypatch.setattr(members, "POLL_INTERVAL", 0.01)
    monkeypatch.setattr(members, "RENEW_INTERVAL", 0.01)
    return Link()


@pytest.fixture
async def crew(link: Link) -> AsyncIterator[FarmCrew]:
    given: Any = link

    async def start(_number: int, address: str) -> Any:
        await link.order(address, "start")
        raise RenderError("this worker has no Blender")

    crew = FarmCrew(given, start, tries=3, wear=Wear(), worker_timeout=60)
    yield crew
    await crew.end()


def errand() -> OneRequest:
    return OneRequest(Load(Path("/shot.blend"), "key"), {"do": "still"}, tries=1)


async def test_a_worker_that_answers_nothing_is_asked_a_few_times_and_said(crew: FarmCrew, link: Link) -> None:
    with pytest.raises(RenderError, match=rf"{ADDRESS} has not answered the order 'start' in 15 s, 3 times in a row"):
        await crew.do(errand())
    assert crew.deaths == 3
    with pytest.raises(RenderError, match="restart it, or look at what its machine does"):
        await crew.do(errand())
    assert crew.deaths == 3, "it is not started again"
    assert link.known == {ADDRESS}


async def test_a_worker_that_answers_again_is_let_in_again(crew: FarmCrew, link: Link) -> None:
    with pytest.raises(RenderError, match="3 times in a row"):
        await crew.do(errand())
    link.answers = True
    while crew.deaths == 3:
        await asyncio.sleep(0.01)
    with pytest.raises(RenderError, match="cannot render: this worker has no Blender"):
        await crew.do(errand())


async def test_a_worker_that_is_gone_and_one_that_comes_are_not_counted_together(crew: FarmCrew, link: Link) -> None:
    while crew.deaths < 2:
        await asyncio.sleep(0.01)
    link.known = set()
    while crew._silent or crew.members:
        await asyncio.sleep(0.01)
    link.known = {ADDRESS}
    with pytest.raises(RenderError, match="3 times in a row"):
        await crew.do(errand())
    assert crew.deaths >= 5


async def test_a_scheduler_that_answers_nothing_is_said(crew: FarmCrew, link: Link) -> None:
    link.known, link.unanswered = None, MOST_MISSED
    with pytest.raises(RenderError, match=r"scheduler tcp://scheduler:1 is connected, and has not answered for 60 s"):
        await crew.do(errand())
