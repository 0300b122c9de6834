"""Which threads may bring work to the loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from async_render.loop.workers import other_threads


def test_a_thread_of_pythons_may_reach_the_loop_while_it_lives() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait, name="of an add-on")
    thread.start()
    may_reach = other_threads()
    ended.set()
    thread.join()
    assert may_reach


def test_the_thread_that_dask_keeps_for_ever_does_not() -> None:
    """Else the loop would never rest again, once a farm was open."""
    before = other_threads()  # an earlier test of the process may have left some
    utils = pytest.importorskip("distributed.utils")
    assert asyncio.run(utils.offload(int)) == 0
    assert any(thread.name.startswith("Dask-Offload") for thread in threading.enumerate())
    assert other_threads() is before
