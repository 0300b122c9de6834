"""The crew of a farm, with a connection that is none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.members import FarmCrew
from async_render.pool.errands import Load, OneRequest
from async_render.pool.member import Wear
from async_render.render.errors import RenderError


class BrokenLink:
    """A connection in which something happens that nobody has thought of."""

    is_closed = False
    losses = 0

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
