"""The loop's Windows half, as far as Linux can tell: with a stand-in for asyncio's proactor. Not tried on Windows."""

from __future__ import annotations

import asyncio
import importlib
import sys
from math import inf
from types import ModuleType
from typing import Any

import pytest

import async_render.loop


class Proactor:
    """What `asyncio.IocpProactor` has in public; notes the timeouts that it is asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float | None] = []
        self.events: list[Any] = []

    def select(self, timeout: float | None = None) -> list[Any]:
        self.waits.append(timeout)
        return self.events.pop(0) if self.events else []

    def accept(self, *_: Any) -> str:
        return "accepted"

    accept_pipe = connect = connect_pipe = wait_for_handle = accept


class ProactorLoop(asyncio.SelectorEventLoop):
    """Takes the proactor as `asyncio.ProactorEventLoop` does."""

    def __init__(self, proactor: Proactor) -> None:
        self.proactor = proactor
        super().__init__()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The modules `ticks` and `hosted`, imported as on Windows, besides the real ones."""
    monkeypatch.setattr(asyncio, "IocpProactor", Proactor, raising=False)
    monkeypatch.setattr(asyncio, "ProactorEventLoop", ProactorLoop, raising=False)
    names = ("ticks", "hosted")
    for name in names:
        monkeypatch.delitem(sys.modules, f"async_render.loop.{name}")
        monkeypatch.setattr(async_render.loop, name, None)  # to be set back after the import has set it
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        ticks, hosted = (importlib.import_module(f"async_render.loop.{name}") for name in names)
    return ticks, hosted


def test_a_proactor_ends_the_tick_where_it_would_wait(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    stops: list[str] = []
    proactor.begin_tick(60.0, lambda: stops.append("stop"))
    proactor.select(0)
    assert stops == []
    proactor.select(None)
    assert stops == ["stop"]
    assert proactor.delay is None
    assert proactor.waits == [0, 0]


def test_a_proactor_ends_the_tick_when_the_budget_is_spent(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    stops: list[str] = []
    proactor.begin_tick(0.0, lambda: stops.append("stop"))
    proactor.select(0)
    assert stops == ["stop"]
    assert proactor.delay == 0.0


def test_a_proactor_waits_a_millisecond_while_messages_go_to_and_fro(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    proactor.events = [["a message"], [], ["its answer"]]
    proactor.begin_tick(60.0, lambda: None)
    assert proactor.select(None) == ["a message"]
    assert proactor.select(None) == ["its answer"]
    assert proactor.waits == [0, 0, windows[0].PATIENCE]


def test_a_proactor_of_a_busy_host_never_waits(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    proactor.events = [["a message"], []]
    proactor.begin_tick(60.0, lambda: None, -1.0)
    assert proactor.select(None) == ["a message"]
    assert proactor.select(None) == []
    assert proactor.waits == [0, 0]


def test_a_proactor_has_events_only_when_an_event_came(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    proactor.events = [[], ["a message"]]
    assert not proactor.has_events(0.0)
    assert proactor.has_events(0.001)
    assert proactor.waits == [0.0, 0.001]


def test_an_idle_loop_with_a_proactor_is_quiet(windows: tuple[ModuleType, ModuleType]) -> None:
    class NoHost:
        def wake(self) -> None: ...

    loop = windows[1].HostedLoop(NoHost())
    loop.run_forever = lambda: pytest.fail("there is nothing to do")
    assert loop.tick() is None
    assert loop.is_quiet
    loop.proactor.connect("something")
    assert loop.tick() == inf
    assert loop.is_quiet
    loop.close()


def test_outside_of_ticks_a_proactor_waits_as_it_is_told(windows: tuple[ModuleType, ModuleType]) -> None:
    proactor = windows[0].TickProactor()
    proactor.select(7.0)
    assert proactor.waits == [7.0]


@pytest.mark.parametrize("use", ["accept", "accept_pipe", "connect", "connect_pipe", "wait_for_handle"])
def test_from_the_first_connection_on_a_proactor_counts_as_busy(
    windows: tuple[ModuleType, ModuleType], use: str
) -> None:
    proactor = windows[0].TickProactor()
    assert not proactor.has_files()
    assert getattr(proactor, use)("something") == "accepted"
    assert proactor.has_files()


def test_the_loop_is_a_proactor_loop_that_gets_the_tick_proactor(windows: tuple[ModuleType, ModuleType]) -> None:
    ticks, hosted = windows

    class NoHost:
        def wake(self) -> None: ...

    assert issubclass(hosted.HostedLoop, ProactorLoop)
    loop = hosted.HostedLoop(NoHost())
    assert isinstance(loop.proactor, ticks.TickProactor)
    loop.close()
