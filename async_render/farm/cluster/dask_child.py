"""A worker of a farm: a Blender beside a Dask worker, with the methods that a child process of a pool has.

A request is a task of Dask's on the very worker that has the Blender. What the Blender says comes by the link's topic;
what is lost on the way comes by the next renewal.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from ...loop.shielded import answered, cancel_and_wait
from ...pool.worker_process import protocol
from ...pool.worker_process.child import ChildLostError, Hello, OnEvent, SentRequest
from ...pool.worker_process.process import CANCEL_LIMIT, SILENCE_LIMIT
from ...render.errors import RenderError, WorkerError
from ...work.session import Program
from ...work.shapes import WireError, anything, fields, optional, row, text, tuple_of, whole
from ...work.wire import error_from_wire
from .link import ORDER_TIMEOUT, Link

log = logging.getLogger("async_render")

MOST_UNACKNOWLEDGED = 1000
"""Number of messages that have arrived, after which the station is told so before the next renewal of the lease. It
keeps each one until then."""

LEASE = 60.0
"""Seconds after which a Blender ends whose client has renewed nothing."""

_HELLO = {
    "token": text,
    "blender": tuple_of(whole, whole, whole),
    "python": text,
    "pid": whole,
}
_RENEWED = {
    "messages": row(anything),
    "running": row(whole),
    "ended": optional(text),
    "memory": optional(whole),
    "log": row(text),
}


@dataclass(slots=True)
class _SentTask(SentRequest):
    """A request that is a task of Dask's."""

    task: Any


class DaskChild:
    """A Blender beside a Dask worker.

    Attributes:
        address: the Dask worker.
        token: the text by which its process is known.
        hello: what the Blender says of itself.
        ended: how its process ended; None: it lives.
        max_silence: seconds without a sign of life, after which the Blender is hung.
        memory: bytes of its memory; None: not known.
    """

    token: str
    hello: Hello

    def __init__(self, link: Link, address: str, name: str) -> None:
        self.address = address
        self.ended: str | None = None
        self.max_silence = SILENCE_LIMIT
        self.memory: int | None = None
        self.post = secrets.token_hex(8)
        self._link = link
        self._name = f"{name} ({address})"
        self._why = "has ended"
        self._log: tuple[str, ...] = ()
        self._is_lost = False
        self._is_gone = asyncio.Event()
        self._received = self._acknowledged = 0
        self._acknowledging: asyncio.Task[None] | None = None
        self._numbers = count(1)
        self._requests: dict[int, _SentTask] = {}

    async def start(self, program: Program | None, nice: int, start_timeout: float) -> None:
        """Start the Blender.

        Raises:
            WorkerError: it cannot start there.
            RenderError: the Dask worker lacks this package, or has another version of it.
            OSError: the Dask worker is gone.
        """
        given: dict[str, Any] | None = None
        if program is not None:
            given = {"kind": program.kind, "path": str(program.path), "arguments": list(program.arguments)}
            given["environment"] = dict(program.environment)
        await self._link.order(self.address, "renew", posts={})  # one that is silent need not be waited for any longer
        self._link.listen(self.post, self._receive)
        answer = await self._link.order(
            self.address,
            "start",
            within=start_timeout + 30.0,
            post=self.post,
            name=self._name.partition(" (")[0],
            program=given,
            nice=nice,
            start_timeout=start_timeout,
            lease=LEASE,
            topic=self._link.topic,
        )
        if isinstance(answer, Mapping) and "error" in answer:
            raise error_from_wire(answer["error"])
        said = fields("hello", answer, _HELLO)
        self.token = said["token"]
        self.hello = Hello(said["blender"], said["python"], said["pid"])

    async def request(self, do: str, *, on_event: OnEvent | None = None, **given: Any) -> dict[str, Any]:
        """Let the Blender do something, and return the result's fields. A cancel of the task cancels the request.

        Raises:
            WorkerError: the Blender, or its Dask worker, has died.
            BaseException: what the action raised there.
        """
        if self.ended is not None:
            raise self.error()
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        sent = {"do": do, **given}
        key = self._link.task_names.key(do, given.get("frames"), self.post, number)
        try:
            task = self._link.submit(self.address, key, self.post, number, sent, self.max_silence)
        except OSError as error:
            raise self._lost(f"cannot be asked: {error}", is_blameless=True) from error
        self._requests[number] = _SentTask(do, answer, on_event, task)
        try:
            return await answered(answer, lambda: self._cancel(number, answer))
        finally:
            self._requests.pop(number, None)
            self._link.release(task)

    async def end(self) -> None:
        """End the Blender, and wait until it is gone."""
        self._end("was ended", None)
        try:
            await self._link.order(self.address, "end", post=self.post)
        except (OSError, RenderError) as error:  # it ends with its Dask worker, or with its lease
            log.debug("%s cannot be asked to end: %s", self._name, error)

    def kill(self, why: str) -> None:
        """Kill the Blender. Its requests raise `WorkerError`, with the reason."""
        asyncio.ensure_future(self._kill(why))  # noqa: RUF006 - the loop is the farm's own, and ends with all its tasks

    def error(self, frame: int | None = None) -> WorkerError:
        """Return the exception that says how the Blender has ended."""
        at = "" if frame is None else f" in frame {frame}"
        ended = f" ({self.ended})" if self.ended and self.ended not in self._why else ""
        quoted = "".join(f"\n    {line}" for line in self._log)
        said = f"; the last lines of its log:{quoted}" if quoted else ""
        kind = ChildLostError if self._is_lost else WorkerError
        return kind(
            f"the worker {self._name} {self._why}{at}{ended}{said}", ended=self.ended, log=self._log, frame=frame
        )

    def lose(self, why: str, *, is_blameless: bool) -> None:
        """Record that the Dask worker is gone, and the Blender with it.

        Args:
            why: what has happened.
            is_blameless: whether the frames have nothing to do with it.
        """
        if self.ended is None:
            self._is_lost = is_blameless
            self._end(why, "Dask worker lost")
        self._is_gone.set()

    async def _ask(self, kind: str, *, within: float = ORDER_TIMEOUT, is_repeatable: bool = True, **fields: Any) -> Any:
        """Let the worker obey an order.

        Args:
            kind: the kind of the order.
            within: seconds that the worker has.
            is_repeatable: whether a second order changes nothing, so that it is sent again where the connection to the
                scheduler was lost, and is there again.
            **fields: its fields.

        Raises:
            WorkerError: the worker is gone.
        """
        while True:
            try:
                return await self._unless_gone(self._link.order(self.address, kind, within=within, **fields))
            except OSError as error:
                is_back = self.ended is None and await self._link.is_back()
                if is_back and is_repeatable:
                    continue
                is_blameless = is_back or self._link.is_closed
                raise self._lost(f"does not answer: {error}", is_blameless=is_blameless) from error

    async def _unless_gone(self, order: Coroutine[Any, Any, Any]) -> Any:
        """Wait for an order's answer as long as the worker counts as there. Its renewals may be missed before."""
        asked, gone = asyncio.create_task(order), asyncio.create_task(self._is_gone.wait())
        try:
            await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                return asked.result()
            raise self.error()
        finally:
            gone.cancel()
            await cancel_and_wait(asked)

    def _lost(self, why: str, *, is_blameless: bool = False) -> WorkerError:
        """Return the error of a worker that is gone.

        Args:
            why: what has happened.
            is_blameless: whether the file and its frames have nothing to do with it. Other losses are counted: a file
                at which each worker dies is given up.
        """
        self.lose(why, is_blameless=is_blameless)
        return self.error()

    def renewed(self, answer: Any) -> None:
        """Receive what a renewal has brought: messages that were lost, and the state of the Blender."""
        if self.ended is not None:
            return
        if answer is True:
            self.lose(f"has ended: this process was not heard for {LEASE:g} s, as when it sleeps", is_blameless=True)
            return
        if answer is False:
            self.lose("is not known any more to its Dask worker, which has started anew", is_blameless=False)
            return
        said = fields("renewal", answer, _RENEWED)
        for message in said["messages"]:
            if message.get("count") == self._received + 1:
                self._receive(message)
        self.memory = said["memory"]
        if said["ended"] is not None:
            self._log = tuple(said["log"])
            self._end("has ended", said["ended"])
            return
        for number in self._requests.keys() - set(said["running"]):
            self._check_task(self._requests[number])

    async def renew(self) -> None:
        """Extend the lease, say which messages have arrived, and take those that were lost.

        Raises:
            Exception: the worker does not answer, or not as it should.
        """
        self._acknowledged = self._received
        answer = await self._link.order(self.address, "renew", posts={self.post: self._received})
        self.renewed(answer[self.post])

    async def _acknowledge(self) -> None:
        """Renew before it is time; whoever follows the lease looks after what fails."""
        try:
            await self.renew()
        except Exception as error:  # noqa: BLE001 - as for each renewal
            log.debug("%s was not renewed: %s", self._name, error)

    async def _kill(self, why: str) -> None:
        try:
            await self._link.order(self.address, "kill", post=self.post, why=why)
        except (OSError, RenderError) as error:
            self.lose(f"{why}, and cannot be killed: {error}", is_blameless=False)

    async def _cancel(self, number: int, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Cancel a request, and wait until the Blender is idle, or dead."""
        self._requests[number].is_cancelled = True
        try:
            await self._link.order(self.address, "cancel", post=self.post, number=number)
            await asyncio.wait([answer], timeout=2 * CANCEL_LIMIT)
        except (OSError, RenderError) as error:
            self.lose(f"cannot be cancelled: {error}", is_blameless=False)
        finally:
            if not answer.done():
                self.kill(f"has not stopped in {2 * CANCEL_LIMIT:g} s")
                self._end(f"has not stopped in {2 * CANCEL_LIMIT:g} s", "killed")

    def _check_task(self, request: _SentTask) -> None:
        """Answer a request whose task is over, although the Blender has said nothing: the task was lost, or failed."""
        if request.answer.done() or request.task.status == "pending":
            return
        if request.task.status == "error":
            error = RenderError(f"Dask could not begin {request.do!r} on {self.address}: its task failed")
            request.answer.set_exception(error)
        else:
            request.answer.set_exception(ChildLostError(f"the task {request.do!r} of {self._name} was lost"))

    def _end(self, why: str, ended: str | None) -> None:
        self._why = why
        self.ended = ended or "ended"
        self._link.forget(self.post)
        for request in self._requests.values():
            request.fail(self.error())

    def _receive(self, message: Mapping[str, Any]) -> None:
        """Receive a message of the Blender's. One that is late comes again by the next renewal."""
        number = message.get("count")
        if number is not None:
            if number != self._received + 1:
                return
            self._received = number
            if number - self._acknowledged >= MOST_UNACKNOWLEDGED and (
                self._acknowledging is None or self._acknowledging.done()
            ):
                self._acknowledging = asyncio.create_task(self._acknowledge())
        try:
            self._take(protocol.decode(message["said"].encode()))
        except (WireError, AttributeError, KeyError, TypeError) as error:
            self.kill(f"broke the protocol: {error}")
            self._end(f"broke the protocol: {error}", "killed")

    def _take(self, message: Mapping[str, Any]) -> None:
        request = self._requests.get(message["number"])
        if request is None or request.answer.done():
            return
        kind = message["kind"]
        if kind == "event":
            event = protocol.check_event(message["event"])
            if request.on_event is not None:
                request.on_event(event)
        elif kind == "done":
            request.answer.set_result(protocol.check_result(request.do, message["result"]))
        elif kind == "failed":
            ended = message.get("ended")
            error = error_from_wire(message["error"])
            if ended is not None:
                self._log = tuple(fields("log", {"log": message.get("log")}, {"log": row(text)})["log"])
                self._end("has ended" if not isinstance(error, WorkerError) else _said(error), text("ended", ended))
            elif isinstance(error, asyncio.CancelledError) and not request.is_cancelled:
                request.answer.set_exception(WorkerError(f"the worker {self._name} has stopped: its client was gone"))
            else:
                request.answer.set_exception(error)
        elif kind == "unknown" and request.is_cancelled:  # the task had not begun
            request.answer.set_exception(RenderError("was cancelled"))


def _said(error: WorkerError) -> str:
    """Return why a Blender has ended, without its name."""
    return f"has ended: {str(error).partition('; the last lines')[0]}"
