"""The client's side of Dask: orders to workers, their messages, and whether the scheduler is there.

All of it belongs to the loop that has made the client.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ...pool.worker_process.protocol import VERSION, package_version
from ...render.errors import RenderError, printable, quoted
from ..dask_worker import station
from .dask_module import distributed
from .task_names import TaskNames

log = logging.getLogger("async_render")

ORDER_TIMEOUT = 15.0
"""Seconds that a Dask worker has to answer an order. Its event loop does that in milliseconds."""

POLL_INTERVAL = 0.2
"""Seconds between two polls whether the connection is there again."""

FORGET_TIMEOUT = 2.0
"""Seconds that a scheduler has to drop the messages of a farm that is closed."""

_CERTIFICATES = (
    "DaskFarm(security=distributed.Security(…)), or Dask's configuration, as DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
    "…__CLIENT__CERT and …__CLIENT__KEY in the environment"
)
"""The ways to give certificates; the command line has the second one only."""

Receiver = Callable[[Mapping[str, Any]], None]
"""A function that gets the messages of one Blender."""


class Link:
    """A connection to a scheduler.

    Attributes:
        client: Dask's client.
        address: the scheduler's.
        losses: how often the connection to the scheduler was lost.
        unanswered: number of polls in a row that the scheduler has not answered while it was connected.
        task_names: what tasks are called.
        dashboard: the address of Dask's dashboard; None: there is none. Any thread may read it.
    """

    def __init__(self, client: Any, address: str) -> None:
        self.client = client
        self.address = address
        self.losses = self.unanswered = 0
        self.dashboard = _dashboard_of(client)
        self.topic = f"async-render-{secrets.token_hex(8)}"
        self.task_names = TaskNames()
        self._over: list[Any] = []
        self._receivers: dict[str, Receiver] = {}
        self._was_connected = True
        client.subscribe_topic(self.topic, self._receive)

    @property
    def is_closed(self) -> bool:
        """Whether Dask's client has given up."""
        return self.client.status in {"closed", "closing"}

    def listen(self, post: str, receiver: Receiver) -> None:
        """Give the messages of a Blender to a function."""
        self._receivers[post] = receiver

    def forget(self, post: str) -> None:
        """Give the messages of a Blender to nobody any more."""
        self._receivers.pop(post, None)

    def release(self, task: Any) -> None:
        """Let Dask forget a task, at the next poll of the workers.

        What Dask's client sends goes at once after a pause of 10 ms, what its scheduler sends after one of 5 ms
        (distributed 2026.8). What comes sooner waits for the end of the pause. So a release before each request made
        all requests wait.
        """
        self._over.append(task)

    async def workers(self) -> set[str] | None:
        """Return the addresses of all Dask workers; None: there is no connection to the scheduler now."""
        while self._over:
            self._over.pop().release()
        if self.client.status != "running":
            self.unanswered = 0
            if self._was_connected:
                self.losses += 1
                self._was_connected = False
            return None
        if not self._was_connected:  # a new connection has no subscriptions
            self._was_connected = True
            self.dashboard = _dashboard_of(self.client)
            self.client.subscribe_topic(self.topic, self._receive)
        try:
            async with asyncio.timeout(ORDER_TIMEOUT):
                known = set(await self.client.scheduler.ncores())
        except (OSError, TimeoutError, RuntimeError) as error:  # RuntimeError: Dask's client has closed this moment
            log.debug("the scheduler does not say who its workers are: %s", error)
            self.unanswered += isinstance(error, TimeoutError)
            return None
        self.unanswered = 0
        return known

    async def is_back(self) -> bool:
        """Return whether the connection to the scheduler was lost, and is there again; Dask's limit bounds the wait."""
        await asyncio.sleep(POLL_INTERVAL)  # Dask notices a loss by each of its connections alone
        if self.client.status == "running":
            return False
        while not self.is_closed and self.client.status != "running":
            await asyncio.sleep(POLL_INTERVAL)
        return not self.is_closed

    async def order(self, address: str, order: str, *, within: float = ORDER_TIMEOUT, **fields: Any) -> Any:
        """Let a Dask worker obey an order on its event loop, whatever its threads do.

        Raises:
            RenderError: it cannot: it lacks this package, or has another version of it.
            OSError: it is gone, or the scheduler is.
        """
        message = {"order": order, "version": [package_version(), VERSION], **fields}
        try:
            async with asyncio.timeout(within):
                answers = await self.client.run(station.ask, message, workers=[address])
        except ModuleNotFoundError as error:
            raise RenderError(
                f"the Dask worker {address} cannot import {error.name!r}: install async-render there, in the version "
                f"{package_version()}"
            ) from error
        except TimeoutError as error:
            raise OSError(f"the Dask worker {address} has not answered the order {order!r} in {within:g} s") from error
        except OSError as error:
            raise OSError(f"the Dask worker {address} cannot be given the order {order!r}: {error}") from error
        except RuntimeError as error:
            if self.is_closed:  # "ConnectionPool is closed": the scheduler has stayed away
                raise OSError(f"the connection to the scheduler of {address} is closed") from error
            raise
        except (AttributeError, ImportError) as error:  # another version of this package, without such a function
            raise RenderError(f"the Dask worker {address} has another version of Async Render: {error}") from error
        if address not in answers:
            raise OSError(f"the Dask worker {address} is gone")
        return answers[address]

    def submit(self, address: str, key: str, *arguments: Any) -> Any:
        """Let the thread of a Dask worker wait for a request. No other worker gets it. Returns Dask's future.

        Raises:
            OSError: the connection to the scheduler is closed.
        """
        if self.is_closed:
            raise OSError(f"the connection to the scheduler of {address} is closed")
        return self.client.submit(
            station.do, *arguments, key=key, workers=[address], allow_other_workers=False, pure=False, retries=0
        )

    async def close(self) -> None:
        """Let the scheduler drop the messages of this farm, and close the connection."""
        try:
            async with asyncio.timeout(FORGET_TIMEOUT):
                await self.client.run_on_scheduler(station.forget_topic, self.topic)
        except Exception as error:  # noqa: BLE001 - Dask bounds what it keeps: the scheduler may lack this package
            log.debug("the scheduler keeps the last messages of %s: %s", self.topic, error)
        await self.client.close()

    def _receive(self, event: tuple[float, Any]) -> None:
        said = event[1]
        if isinstance(said, Mapping):
            for message in said.get("messages", ()):  # the last one may end the Blender
                receiver = self._receivers.get(said.get("post", ""))
                if receiver is not None:
                    receiver(message)


def _reason(error: Exception) -> str:
    return printable(str(error)) or "what is there takes the connection, and says nothing"


def _remedy(address: str) -> str:
    """Return what to do where nothing answers. A scheduler with certificates closes a connection without them."""
    scheme, _, rest = address.rpartition("://")
    if scheme in {"tls", "wss"}:
        plain = "tcp" if scheme == "tls" else "ws"
        return (
            f"start one by 'dask scheduler --protocol {scheme}', or correct the address, or the certificates; one "
            f"without certificates is at {quoted(f'{plain}://{rest}')}"
        )
    encrypted = "wss" if scheme == "ws" else "tls"
    return (
        "start one by 'dask scheduler', or correct the address; one with certificates is at "
        f"{quoted(f'{encrypted}://{rest}')}, and needs yours: {_CERTIFICATES}"
    )


def _dashboard_of(client: Any) -> str | None:
    """Return the dashboard's address. Asked on another thread than its loop's, Dask's client asks the scheduler."""
    try:
        link: str | None = client.dashboard_link or None
    except KeyError:  # a scheduler that was started by --no-dashboard (distributed 2026.8)
        return None
    return link


async def connected(address: str, security: Any, within: float) -> Link:
    """Connect to a scheduler.

    Args:
        address: its address, as `"tcp://host:8786"`.
        security: Dask's `Security`; None: no encryption.
        within: seconds that the connection may need; the same limit holds when it is lost later.

    Raises:
        RenderError: there is no scheduler.
    """
    client = distributed().Client(address, security=security, asynchronous=True, timeout=within, set_as_default=False)
    try:
        try:
            async with asyncio.timeout(within + FORGET_TIMEOUT):  # a stopped scheduler takes connections: Dask waits
                await client
        except BaseException:
            await client.close()  # else Dask begins to, and warns that nobody awaits it
            raise
    except OSError as error:
        raise RenderError(
            f"no Dask scheduler answers at {quoted(address)} within connect_timeout={within:g} s: {_remedy(address)} "
            f"({_reason(error)})"
        ) from error
    except Exception as error:  # a web server's answer is to Dask a message of 3 EiB: MemoryError
        raise RenderError(
            f"Dask cannot use the address {quoted(address)}: {_reason(error)}. It is that of a scheduler, not of its "
            f"dashboard, and begins with tcp://, or with tls:// and certificates: {_CERTIFICATES}"
        ) from error
    return Link(client, address)
