"""What a farm refuses before anything starts, and what it warns of."""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render.farm.cluster.open_scheduler import UnencryptedFarmWarning, is_own, warn_of
from async_render.farm.farm_backend import FarmBackend


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ([""], {}, ValueError, "address_or_client='' is no address"),
        ([3], {}, TypeError, r"address_or_client=3 is neither an address nor a distributed\.Client"),
        (["tcp://a:1"], {"workers": 2}, ValueError, "workers=2: the cluster at 'tcp://a:1' has its own"),
        ([], {"tries": 0}, ValueError, "tries=0 is not between"),
        ([], {"worker_timeout": 0}, ValueError, "worker_timeout=0 is not more than 0 seconds"),
        ([], {"connect_timeout": None}, TypeError, "connect_timeout=None is not a number"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    arguments: list[Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ar.DaskFarm(*arguments, **options)


def test_without_dask_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", not_there)
    farm = ar.DaskFarm(file=tmp_path / "shot.blend")
    with pytest.raises(ar.RenderError, match=r"pip install 'async-render\[farm\]'.*extension Async Render Farm"):
        farm.open()


def test_a_farm_that_is_not_open_says_so() -> None:
    farm = ar.DaskFarm("tcp://scheduler:8786")
    assert repr(farm) == "DaskFarm(tcp://scheduler:8786, closed)"
    assert (farm.workers, farm.dashboard) == ((), None)
    with pytest.raises(ar.RenderError, match="the farm is not open"):
        farm.submit(filepath="//out/")


async def test_dask_is_imported_while_the_callers_loop_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, turned = asyncio.get_running_loop(), threading.Event()

    def import_slowly(name: str) -> Any:
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(20)
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", import_slowly)
    with pytest.raises(ar.RenderError, match="No module named 'distributed'"):
        async with ar.DaskFarm(file="shot.blend"):
            pass


async def test_the_schedulers_name_is_looked_up_while_the_callers_loop_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, turned = asyncio.get_running_loop(), threading.Event()

    def look_up(*_: object) -> Any:
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(20)
        raise OSError("a name server without an answer")

    async def refuse(_: FarmBackend) -> None:
        raise ar.RenderError("no scheduler")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(FarmBackend, "open_awaited", refuse)
    farm = ar.DaskFarm("tcp://scheduler.invalid:8786", file="shot.blend")
    with pytest.warns(UnencryptedFarmWarning, match=r"scheduler\.invalid"), pytest.raises(ar.RenderError):
        async with farm:
            pass


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:8786", "127.0.0.1:8786", "tls://203.0.113.5:8786", "wss://203.0.113.5:8786", "inproc://x/1"],
)
def test_an_address_of_this_machine_or_with_encryption_is_no_news(address: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of(address)


@pytest.mark.parametrize("address", ["tcp://203.0.113.5:8786", "203.0.113.5:8786"])
def test_an_open_scheduler_on_another_machine_draws_a_warning(address: str) -> None:
    with pytest.warns(UnencryptedFarmWarning, match="anybody on that network can run any program"):
        warn_of(address)
    assert not is_own("203.0.113.5")
