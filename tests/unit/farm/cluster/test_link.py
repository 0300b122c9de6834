"""What a Dask worker does not answer becomes an error of ours, which says what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_render.farm.cluster.dask_child import DaskChild
from async_render.farm.cluster.dask_module import distributed
from async_render.farm.cluster.link import Link, connected
from async_render.farm.dask_worker import station
from async_render.pool.worker_process.child import ChildLostError
from async_render.pool.worker_process.protocol import VERSION, package_version
from async_render.render.errors import RenderError

ADDRESS = "tcp://worker:1"


class Client:
    """A client of Dask's whose worker answers as a test says."""

    def __init__(self) -> None:
        self.status = "running"
        self.dashboard_link = None
        self.answer: Any = {ADDRESS: "answer"}

    def subscribe_topic(self, _topic: str, _handler: object) -> None:
        """Do nothing."""

    async def run(self, _function: object, _message: object, *, workers: list[str]) -> Any:
        assert workers == [ADDRESS]
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer


@pytest.fixture
def client() -> Client:
    return Client()


async def test_an_answer_is_returned(client: Client) -> None:
    assert await Link(client, "tcp://scheduler:1").order(ADDRESS, "renew") == "answer"


@pytest.mark.parametrize(
    ("answer", "expected", "says"),
    [
        (ModuleNotFoundError("", name="async_render"), RenderError, "cannot import 'async_render': install"),
        (AttributeError("module has no attribute 'ask'"), RenderError, "has another version of Async Render"),
        (RenderError("install the same version on both"), RenderError, "same version on both"),
        (OSError("Timed out trying to connect"), OSError, "Timed out"),
        ({}, OSError, "tcp://worker:1 is gone"),
        (None, OSError, r"has not answered the order 'renew' in 0\.01 s"),
    ],
)
async def test_each_failure_has_one_kind(client: Client, answer: Any, expected: type[Exception], says: str) -> None:
    client.answer = answer
    with pytest.raises(expected, match=says):
        await Link(client, "tcp://scheduler:1").order(ADDRESS, "renew", within=0.01)


@pytest.mark.parametrize("status", ["closed", "running"])
async def test_an_error_of_a_closed_client_is_a_lost_connection(client: Client, status: str) -> None:
    client.status, client.answer = status, RuntimeError("ConnectionPool is closed")
    with pytest.raises(OSError if status == "closed" else RuntimeError, match="is closed"):
        await Link(client, "tcp://scheduler:1").order(ADDRESS, "renew")


async def test_a_request_on_a_closed_connection_is_no_fault_of_its_frames(client: Client) -> None:
    child = DaskChild(Link(client, "tcp://scheduler:1"), ADDRESS, "worker 1")
    client.status = "closed"
    with pytest.raises(ChildLostError, match="cannot be asked: the connection to the scheduler"):
        await child.request("frames", settings={}, frames="1")
    assert child.ended is not None


@pytest.mark.parametrize("theirs", [["9.9.9", VERSION], [package_version(), VERSION + 1]])
async def test_a_worker_obeys_no_client_of_another_version(theirs: list[Any]) -> None:
    class Worker:
        address = ADDRESS

    with pytest.raises(RenderError, match=rf"{ADDRESS} has Async Render .*install the same version on both"):
        await station.ask({"order": "start", "version": theirs}, dask_worker=Worker())
    assert station._station is None


async def test_an_error_of_a_workers_disk_is_no_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    class Worker:
        address = ADDRESS

    def broken(_worker: object) -> None:
        raise PermissionError(13, "Permission denied", "/scratch")

    monkeypatch.setattr(station, "_station_of", broken)
    with pytest.raises(RenderError, match=r"worker:1 cannot do 'start': .*Permission denied: '/scratch'; correct that"):
        await station.ask({"order": "start", "version": [package_version(), VERSION]}, dask_worker=Worker())


async def test_a_web_server_in_the_place_of_a_scheduler_is_said() -> None:
    """As the scheduler's own dashboard, whose port is the next one."""

    async def answer(_reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n" * 100)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RenderError, match=rf"cannot use the address 'tcp://127\.0\.0\.1:{port}'.*its dashboard"):
            await connected(f"tcp://127.0.0.1:{port}", None, 5.0)


async def test_an_address_with_the_wrong_encryption_is_named_with_the_other_one() -> None:
    dask = distributed()
    security = dask.Security.temporary()
    options: dict[str, Any] = {"port": 0, "dashboard_address": "127.0.0.1:0"}
    async with dask.Scheduler(host="tls://127.0.0.1", security=security, **options) as scheduler:
        host = scheduler.address.removeprefix("tls://")
        for address in (f"tcp://{host}", host):
            with pytest.raises(
                RenderError, match=rf"with certificates is at 'tls://{host}', and needs yours"
            ) as caught:
                await connected(address, None, 5.0)
            assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in str(caught.value)
    with pytest.raises(RenderError, match=r"one without certificates is at 'tcp://127\.0\.0\.1:9'"):
        await connected("tls://127.0.0.1:9", security, 0.1)


async def test_what_takes_a_connection_and_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("async_render.farm.cluster.link.FORGET_TIMEOUT", 0.1)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RenderError, match=rf"no Dask scheduler answers at 'tcp://127\.0\.0\.1:{port}' within"):
            await connected(f"tcp://127.0.0.1:{port}", None, 0.2)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tls://127.0.0.1:9", r"ssl_context.*DaskFarm\(security="),
        ("foo://127.0.0.1:9", "unknown address scheme 'foo'.*begins with tcp://"),
        ("tcp://127.0.0.1", "missing port number"),
    ],
)
async def test_an_address_that_dask_cannot_use_is_named_with_its_remedy(address: str, says: str) -> None:
    with pytest.raises(RenderError, match=says):
        await connected(address, None, 5.0)
