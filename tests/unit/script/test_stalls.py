"""Noticing lines that block."""

from __future__ import annotations

import asyncio
import threading
from time import monotonic, sleep

from async_render.loop import HostedLoop
from async_render.script import Script
from async_render.script.stalls import LIMIT, Stall, StallWatch


class NoHost:
    def wake(self) -> None: ...


def tick_until_done(loop: HostedLoop, task: asyncio.Task[None], seconds_after: float = 0.0) -> None:
    deadline = monotonic() + 10
    while not task.done() and monotonic() < deadline:
        loop.tick()
        sleep(0.005)
    assert task.done()
    deadline = monotonic() + seconds_after
    while monotonic() < deadline:
        loop.tick()
        sleep(0.005)


def watched(source: str) -> list[Stall]:
    """What was reported while a script ran."""
    stalls: list[Stall] = []
    loop = HostedLoop(NoHost(), budget=0.004)
    try:
        coroutine = Script.compile(source, "Text").start()
        assert coroutine is not None
        task = loop.create_task(coroutine)
        StallWatch(loop, stalls.append).watch(task)
        tick_until_done(loop, task, seconds_after=0.6)
        assert "async_render stalls" not in {thread.name for thread in threading.enumerate()}
    finally:
        loop.close()
    return stalls


def test_the_line_that_blocked_is_named_with_its_seconds() -> None:
    (stall,) = watched(
        "import asyncio, time\nawait asyncio.sleep(0)\n"
        "def work():\n    time.sleep(1.5)  # here\nwork()\nawait asyncio.sleep(0.4)\n"
    )
    assert (stall.file, stall.line, stall.source) == ("Text", 4, "time.sleep(1.5)  # here")
    assert LIMIT <= stall.seconds < 10


def test_pure_python_that_blocks_is_named_too() -> None:
    (stall,) = watched(
        "import asyncio\nfrom time import monotonic\nend = monotonic() + 1.5\n"
        "while monotonic() < end: pass\nawait asyncio.sleep(0.4)\n"
    )
    assert (stall.file, stall.line) == ("Text", 4)


def test_the_last_line_of_a_script_is_named_too() -> None:
    (stall,) = watched("import asyncio, time\nawait asyncio.sleep(0.1)\ntime.sleep(1.5)\n")
    assert stall.line == 3


def test_a_script_that_awaits_is_not_bothered() -> None:
    assert watched("import asyncio\nfor _ in range(3):\n    await asyncio.sleep(0.5)\n") == []
