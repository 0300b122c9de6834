"""One worker, as the parent sees it: its start, its requests, its signs of life, and its end.

start_child ─▶ hello ─▶ request … request ─▶ end: quit, interrupt, terminate, kill
                 │           │
                 └─ dies, is hung, breaks the protocol: killed, and each await raises `WorkerError`
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from ...loop.shielded import answered, to_the_end
from ...render.errors import WorkerError
from ...work.session import Program
from ...work.shapes import WireError
from ...work.wire import error_from_wire
from . import protocol
from .child import Hello, OnEvent, SentRequest
from .child_log import ChildLog
from .how_it_ended import how_it_ended
from .memory import memory_of
from .pipes import Pipes
from .program import start_process
from .protocol import ALIVE_INTERVAL
from .windows_job import end_with_this_process

START_TIMEOUT = 60.0
"""Seconds that a worker has until its first line. Blender with add-ons needs 1 to 10 s."""

SILENCE_LIMIT = 30.0
"""Seconds without any sign of life, after which a worker is hung: it is stopped, or a call of C keeps Python's lock."""

CANCEL_LIMIT = 5.0
"""Seconds that a cancelled request has. Cycles needs 0.5 s. A frame of EEVEE's cannot be stopped, and ends with the
worker."""

QUIT_LIMIT = 3.0
"""Seconds that a worker has to quit. Blender needs 0.2 s, and its add-ons may need more."""

SIGNAL_LIMIT = 1.0
"""Seconds between an interrupt, a termination and a kill."""


class ChildProcess:
    """One worker process. Its methods belong to the loop that has started it, on whatever thread that loop runs.

    Attributes:
        name: the worker's name in messages.
        token: a text by which the process is known, on other machines, too.
        hello: what the worker says of itself.
        log: its log.
        still: seconds since the worker's own loop last turned, as the last sign of life says.
        ended: how the process ended, as `"signal SIGKILL"`; None: it lives.
        max_silence: seconds without a sign of life, after which the worker is hung.
    """

    hello: Hello

    def __init__(self, name: str, log: ChildLog) -> None:
        self.name = name
        self.token = secrets.token_hex(8)
        self.log = log
        self.still = 0.0
        self.ended: str | None = None
        self.max_silence = SILENCE_LIMIT
        self._loop = asyncio.get_running_loop()
        self._why: str | None = None
        self._requests: dict[int, SentRequest] = {}
        self._numbers = count(1)
        self._greeting: asyncio.Future[Hello] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._silence = 0.0
        self._job: object = None

    @property
    def memory(self) -> int | None:
        """Bytes of memory that the process has; None: not known."""
        return memory_of(self.hello.pid)

    async def _start(self, program: Program, gpu: int | None, nice: int, start_timeout: float) -> None:
        try:
            process = start_process(program, self.token, gpu, nice)
        except BaseException:
            self.log.close()
            raise
        self._pipes = Pipes(
            process,
            self.log,
            self.token,
            received=self._on_loop(self._receive),
            broken=self._on_loop(self._break),
            ended=self._on_loop(self._end_of_process),
        )
        if sys.platform == "win32":
            started: Any = process  # typeshed does not know the handle
            self._job = end_with_this_process(int(started._handle))
        try:
            async with asyncio.timeout(start_timeout):
                self.hello = await asyncio.shield(self._greeting)
        except TimeoutError:
            self.kill(f"has not started in {start_timeout:g} s")
            await self.wait()
            raise self.error() from None
        except BaseException:
            self.kill("is not needed any more")
            await self._dead()
            raise
        self._watch(monotonic())

    def _on_loop(self, function: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a function that threads may call: it calls the function on the loop."""

        def call(argument: Any) -> None:
            try:
                self._loop.call_soon_threadsafe(function, argument)
            except RuntimeError:  # the loop is closed, and nobody waits for this worker any more
                self._pipes.kill()

        return call

    async def request(self, do: str, *, on_event: OnEvent | None = None, **fields: Any) -> dict[str, Any]:
        """Let the worker do something, and return the result's fields, as `protocol.RESULTS` has them.

        When the task is cancelled, so is the request. `CancelledError` is raised when the worker has stopped; a worker
        that does not stop in a few seconds is ended.

        Args:
            do: the request, as `protocol.REQUESTS` has it.
            on_event: is called with each event of the request.
            **fields: the request's fields.

        Raises:
            WorkerError: the worker has died, is hung, or broke the protocol.
            ProtocolError: a field has a wrong type, or is too long for one line. Nothing was sent.
            BaseException: what the action raised in the worker.
        """
        if self.ended is not None or self._why is not None:
            await self.wait()
            raise self.error()
        number = next(self._numbers)
        message = {"do": do, "id": number, **fields}
        protocol.check_order(protocol.decode(line := protocol.encode(message)))
        answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._requests[number] = SentRequest(do, answer, on_event)
        self._pipes.write(line)
        try:
            return await answered(answer, lambda: self._cancel(number, answer))
        finally:
            self._requests.pop(number, None)

    async def _cancel(self, number: int, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Cancel a request, and wait until the worker has stopped; end the worker where it does not."""
        self._requests[number].is_cancelled = True
        self._pipes.write(protocol.encode({"do": "cancel", "id": number}))
        try:
            await asyncio.wait([answer], timeout=CANCEL_LIMIT)
        finally:
            if not answer.done():
                self.kill(f"has not stopped in {CANCEL_LIMIT:g} s")
                await self._dead()

    async def wait(self) -> None:
        """Wait until the process is gone."""
        await asyncio.shield(self._gone)

    async def _dead(self) -> None:
        """Wait until the process that was killed is gone, however often the task is cancelled meanwhile. Who goes on
        removes what the process has left, and the process must not write there any more."""
        await to_the_end(self.wait)

    async def end(self) -> None:
        """End the worker: ask it, interrupt it, terminate it, kill it, each with a limit. Afterwards it is gone."""
        if self._why is None:
            self._why = "was ended"
        self._pipes.write(protocol.encode({"do": "quit"}))
        self._pipes.close_stdin()
        steps: Sequence[tuple[float, int | None]] = (
            (QUIT_LIMIT, signal.SIGINT if sys.platform != "win32" else None),
            (SIGNAL_LIMIT, signal.SIGTERM),
            (SIGNAL_LIMIT, None),
        )
        try:
            for limit, number in steps:
                await asyncio.wait([self._gone], timeout=limit)
                if self._gone.done():
                    return
                if number is not None:
                    self._pipes.signal(number)
        finally:
            if not self._gone.done():
                self._pipes.kill()
            await self._dead()

    def kill(self, why: str) -> None:
        """Kill the worker at once. Its requests raise `WorkerError`, with the reason, when it is gone.

        Args:
            why: the reason, as `"took 20 s for frame 4"`.
        """
        if self._why is None and self.ended is None:
            self._why = why
        self._pipes.kill()

    def error(self, frame: int | None = None) -> WorkerError:
        """Return the exception that says how the worker has ended, with the last lines of its log.

        Args:
            frame: the frame that the worker rendered.
        """
        lines = self.log.last_lines()
        happened = self._why or "has ended"
        ended = f" ({self.ended})" if self.ended else ""
        at_frame = "" if frame is None else f" in frame {frame}"
        quoted = "".join(f"\n    {line}" for line in lines)
        said = f"; the last lines of {str(self.log.file)!r}:{quoted}" if lines else f"; {str(self.log.file)!r} is empty"
        return WorkerError(
            f"the worker {self.name} {happened}{at_frame}{ended}{said}", ended=self.ended, log=lines, frame=frame
        )

    # What the threads bring.

    def _receive(self, messages: Sequence[dict[str, Any]]) -> None:
        self._silence = 0.0
        for message in messages:
            if self._why is not None:
                return
            try:
                self._take(message)
            except WireError as error:
                self._break(str(error))

    def _take(self, message: dict[str, Any]) -> None:
        if not self._greeting.done():
            self._greet(protocol.check_hello(message))
            return
        event = protocol.check_event(message)
        if event["event"] == "alive":
            self.still = event["still"]
            return
        request = self._requests.get(event["id"])
        if request is None or request.answer.done():
            return  # its task was cancelled meanwhile
        if event["event"] == "done":
            request.answer.set_result(protocol.check_result(request.do, event["result"]))
        elif event["event"] == "failed":
            error = error_from_wire(event["error"])
            if isinstance(error, asyncio.CancelledError) and not request.is_cancelled:  # by SIGINT: the worker ends
                self.kill("was interrupted")
            else:
                request.answer.set_exception(error)
        elif request.on_event is not None:
            request.on_event(event)

    def _greet(self, hello: Mapping[str, Any]) -> None:
        if hello["version"] != (ours := protocol.package_version()):
            raise protocol.ProtocolError(
                f"the worker has Async Render {hello['version']}, and this process {ours}: "
                "its Blender's extension must be of the same version"
            )
        self._greeting.set_result(Hello(hello["blender"], hello["python"], hello["pid"]))

    def _break(self, reason: str) -> None:
        self.kill(f"broke the protocol: {reason}")

    def _end_of_process(self, code: int | None) -> None:
        self.ended = how_it_ended(code)
        if not self._greeting.done():
            if self._why is None:
                self._why = "has ended before it was ready"
            self._greeting.set_exception(self.error())
            self._greeting.exception()  # nobody may wait for it any more
        for request in self._requests.values():
            request.fail(self.error())
        self._gone.set_result(None)

    def _watch(self, before: float) -> None:
        """Kill a worker that gives no sign of life.

        The time is counted in steps that are bounded: when this very process was stopped, or its computer slept, its
        workers have said nothing that could be read.
        """
        if self._gone.done():
            return
        now = monotonic()
        self._silence += min(now - before, 2 * ALIVE_INTERVAL)
        if self._silence > self.max_silence and self._why is None:
            self.kill(f"is hung: no sign of life for {self.max_silence:g} s")
        self._loop.call_later(ALIVE_INTERVAL, self._watch, now)


async def start_child(
    program: Program,
    *,
    name: str,
    log: Path,
    gpu: int | None = None,
    nice: int = 0,
    start_timeout: float = START_TIMEOUT,
) -> ChildProcess:
    """Start a worker, and return when it is ready.

    The thread that calls this must live as long as the worker: Linux ends a child with the thread that started it.

    Args:
        program: the program.
        name: the worker's name in messages.
        log: the file of its log.
        gpu: number of the one device that the worker sees; None: all.
        nice: how many steps the worker is below this process, from 0 to 19. On Windows any number is one step.
        start_timeout: seconds that the worker has until it is ready.

    Raises:
        WorkerError: the worker ended before it was ready, needed too long, or has another version.
        OSError: the program cannot be started.
    """
    child = ChildProcess(name, ChildLog(log))
    await child._start(program, gpu, nice, start_timeout)
    return child
