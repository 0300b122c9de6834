"""Noticing lines that block."""

from __future__ import annotations

import asyncio
import builtins
import threading
from time import monotonic, sleep

import pytest

from async_render.loop import HostedLoop
from async_render.script import Script, stalls
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


def watched(source: str, warnings: list[Stall] | None = None) -> list[Stall]:
    """What was reported while a script ran; what the terminal was told meanwhile is appended to `warnings`."""
    reported: list[Stall] = []
    too_long = [] if warnings is None else warnings
    loop = HostedLoop(NoHost(), budget=0.004)
    try:
        coroutine = Script.compile(source, "Text").start()
        assert coroutine is not None
        task = loop.create_task(coroutine)
        StallWatch(loop, reported.append, too_long.append).watch(task)
        tick_until_done(loop, task, seconds_after=0.6)
        assert "async_render stalls" not in {thread.name for thread in threading.enumerate()}
    finally:
        loop.close()
    return reported


def test_the_line_that_blocked_is_named_with_its_seconds() -> None:
    (stall,) = watched(
        "import asyncio, time\nawait asyncio.sleep(0)\n"
        "def work():\n    time.sleep(1.5)  # here\nwork()\nawait asyncio.sleep(0.4)\n"
    )
    assert (stall.file, stall.line, stall.source) == ("Text", 4, "time.sleep(1.5)  # here")
    assert LIMIT <= stall.seconds < 10


def test_pure_python_that_blocks_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "LIMIT", 0.2)  # the watch gets little of a busy machine beside such a loop
    monkeypatch.setattr(stalls, "POLL_INTERVAL", 0.05)
    (stall,) = watched(
        "import asyncio\nfrom time import monotonic\nend = monotonic() + 1.5\n"
        "while monotonic() < end: pass\nawait asyncio.sleep(0.4)\n"
    )
    assert (stall.file, stall.line) == ("Text", 4)


def test_who_calls_the_step_is_not_what_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's own code may take long within a step, for which a line of the user's asked: here this test."""
    monkeypatch.setattr(stalls, "is_users", lambda file: file == __file__)
    assert watched("import asyncio, time\nawait asyncio.sleep(0)\ntime.sleep(1.5)\n") == []


def test_the_last_line_of_a_script_is_named_too() -> None:
    (stall,) = watched("import asyncio, time\nawait asyncio.sleep(0.1)\ntime.sleep(1.5)\n")
    assert stall.line == 3


def test_a_script_that_awaits_is_not_bothered() -> None:
    assert watched("import asyncio\nfor _ in range(3):\n    await asyncio.sleep(0.5)\n") == []


def test_an_endless_loop_is_told_while_it_goes_on_and_then_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "FIRST_WARNING", 0.3)
    told: list[Stall] = []
    endless = "while len(told) < 2: time.sleep(0.01)  # endless"
    source = f"import asyncio, time\nawait asyncio.sleep(0)\n{endless}\nawait asyncio.sleep(0.4)\n"
    monkeypatch.setattr(builtins, "told", told, raising=False)
    (stall,) = watched(source, told)
    first, second = told
    assert (first.file, first.line, first.source) == ("Text", 3, endless)
    assert 0.3 <= first.seconds < second.seconds
    assert second.seconds >= 0.3 * stalls.NEXT_WARNING
    assert stall.line == 3


def test_a_text_is_watched_before_its_first_await_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "FIRST_WARNING", 0.3)
    told: list[Stall] = []
    monkeypatch.setattr(builtins, "told", told, raising=False)
    loop = HostedLoop(NoHost(), budget=0.004)
    with StallWatch(loop, told.append, told.append).watching():
        Script.compile("x = 1\nwhile not told: pass\n", "Text").start()
    (stall,) = told
    assert (stall.file, stall.line) == ("Text", 2)
    loop.close()
