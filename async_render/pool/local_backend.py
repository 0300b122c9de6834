"""The backend of a pool: work is taken, done by processes on this machine, and its events come back.

caller's loop, or plain code                     the pool's loop, on a thread of its own
submit(work) ── snapshot of the session ────────▶ render_dealt, still, bake …  ──▶ crew ──▶ processes
events, result ◀── call_soon_threadsafe ───────── emit
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..loop.shielded import to_the_end
from ..output.locked_folders import LockedFolder
from ..output.temporary_folders import LOGS_PREFIX, remove_left, temporary_folder
from ..render.errors import RenderError
from ..render.settings import RenderSettings
from ..work.backend import Backend, Event, FrameEvent, Work, WorkHandle
from ..work.session import Program
from . import open_pools
from .crew import single_requests
from .crew.crew import Crew
from .crew.dealt_render import render_dealt
from .crew.frame_times import FrameTimes
from .crew.workshop import Workshop
from .opened_files import OpenedFile, OpenedFiles
from .pool_options import PoolOptions
from .thread_loop import Call, ThreadLoop, wait_for_call, wait_until_over
from .worker_process.child import Child
from .worker_process.child_log import ends_of
from .worker_process.process import start_child
from .worker_process.program import check_program

END_TIMEOUT = 20.0
"""Seconds that all workers have to end when the pool is closed. Each is killed after eleven: it has five for its
render, and then come the steps of `ChildProcess.end`."""

KILLED_TIMEOUT = 30.0
"""Seconds that killed processes have to be dead, and the pool's thread to remove what they have left. Both take a
moment, unless a disk answers no more."""


def log_name(number: int) -> str:
    """Return the name of the log of a worker, whose number begins with 0."""
    return f"worker_{number + 1}.log"


class LocalHandle(WorkHandle):
    """A piece of work, as its caller sees it. All methods belong to the loop that has submitted the work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._call: Call[Any] | None = None

    def start(self, call: Call[Any]) -> None:
        """Follow a call on the pool's loop."""
        self._call = call
        call.add_done_callback(lambda _: self._put(None))

    def emit(self, event: Event) -> None:
        """Add an event; called on the pool's thread."""
        self._put(event)

    async def events(self) -> AsyncIterator[Event]:
        """Return what happens, in order, until the work is over."""
        while (event := await self._events.get()) is not None:
            yield event

    def cancel(self) -> None:
        """Stop the work. `result` raises `CancelledError` when no worker is busy with it any more."""
        if self._call is not None:
            self._call.cancel()

    async def result(self) -> Any:
        """Wait until the work is over, and return its result, or raise what it raised."""
        assert self._call is not None
        return await wait_for_call(self._call)

    async def stopped(self) -> None:
        """Cancel the work, and wait until no worker is busy with it, however often the caller is cancelled."""
        call = self._call
        if call is not None:
            call.cancel()
            await to_the_end(lambda: wait_until_over(call))

    def _put(self, event: Event | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)
        except RuntimeError:  # the caller's loop was closed, and nobody waits
            self.cancel()


class LocalBackend(Backend):
    """Workers on this machine.

    Attributes:
        options: the options of the pool.
        crew: the workers; None: they are not started yet.
    """

    def __init__(self, options: PoolOptions) -> None:
        """Start the pool's thread. The processes start with `open`."""
        self.options = options
        self.crew: Crew | None = None
        self._loop = ThreadLoop("pool")
        self._files = OpenedFiles(options)
        self._times = FrameTimes()
        self._logs = options.log_folder
        self._own_logs: LockedFolder | None = None
        self._calls: set[Call[Any]] = set()

    def open(self) -> None:
        """Start the workers, and return at once: they get ready meanwhile.

        Raises:
            RenderError: there is no program that could be a worker.
        """
        program = self._files.program()
        self._make_logs()
        self._loop.submit(self._open(program)).result()
        self._loop.submit(asyncio.to_thread(remove_left))

    def _end(self, crew: Crew, timeout: float) -> None:
        ends = (self._loop.submit(crew.end()), *self._calls)
        late = wait(ends, timeout).not_done
        if late:
            self._loop.submit(crew.kill())
            wait(late, KILLED_TIMEOUT)

    async def _open(self, program: Program) -> None:
        self.crew = Crew(self.options.workers, self._starter(program), tries=self.options.tries, wear=self.options.wear)

    def _starter(self, program: Program) -> Callable[[int], Awaitable[Child]]:
        options = self.options

        async def start(number: int) -> Child:
            await check_program(program)
            logs = self._make_logs()
            return await start_child(
                program,
                name=str(number + 1),
                log=logs / log_name(number),
                gpu=options.gpu[number % len(options.gpu)] if options.gpu else None,
                nice=options.nice,
                start_timeout=options.start_timeout,
            )

        return start

    def _make_logs(self) -> Path:
        """Return the folder of the logs, which is made where there is none: somebody may remove it in between.

        Raises:
            RenderError: the folder cannot be made.
        """
        logs = self.options.log_folder
        if logs is not None:
            try:
                logs.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                message = f"log_folder={str(logs)!r} cannot be made: {error.strerror}; choose another folder"
                raise RenderError(message) from error
            return logs
        own = self._own_logs
        if own is None or not own.is_there:
            if own is not None:
                own.remove()
            own = self._own_logs = temporary_folder(LOGS_PREFIX)
            self._logs = own.path
        return own.path

    async def submit(self, work: Work) -> LocalHandle:
        """Take a piece of work. The session is saved as a snapshot first, if it is what is rendered."""
        file = await self._files.opened()
        handle = LocalHandle()
        handle.start(self._begin(work, file, handle.emit))
        return handle

    def submit_here(self, work: Work, emit: Callable[[Event], None]) -> Call[Any]:
        """Take a piece of work without a loop, and return its future. Events are emitted on the pool's thread."""
        return self._begin(work, self._files.opened_here(), emit)

    @property
    def dashboard(self) -> str | None:
        """The address of a page that shows what the workers do; None: there is none."""
        return None

    def log_text(self) -> str:
        """Return the ends of what the workers have printed, for the user. Any thread may ask."""
        logs = self._logs
        return "" if logs is None else ends_of(logs / log_name(number) for number in range(self.options.workers))

    def _begin(self, work: Work, file: OpenedFile, emit: Callable[[Event], None]) -> Call[Any]:
        call = self._loop.submit(self._do(work, file, emit))
        self._calls.add(call)

        def end(_: object) -> None:
            self._calls.discard(call)
            self._files.release(file)

        call.add_done_callback(end)
        return call

    def cancel_all(self) -> None:
        """Cancel all work."""
        for call in tuple(self._calls):
            call.cancel()

    async def close(self) -> None:
        """Cancel all work, and end all Blenders, while the caller's loop lives."""
        await to_the_end(lambda: asyncio.to_thread(self.end_now, END_TIMEOUT))

    def end_now(self, timeout: float) -> None:
        """Cancel all work, end all processes, and the thread.

        Processes that have not ended in so many seconds are killed. This function waits until they are dead, and what
        they have left beside the user's pictures is removed: a call is over when both has happened.
        """
        self.cancel_all()
        crew, self.crew = self.crew, None
        if crew is not None:
            with suppress(RuntimeError):  # the loop is stopped already
                self._end(crew, timeout)
        if self._own_logs is not None:
            has_logs = any(self._own_logs.path.glob("*.log"))
            if crew is not None and crew.deaths and has_logs:
                self._own_logs.leave()
            else:
                self._own_logs.remove()
        self._loop.stop(timeout)
        self._files.release_all()
        # Only now: where nothing can be awaited any more, whoever ends the process ends the pool.
        open_pools.remove(self)

    async def _do(self, work: Work, file: OpenedFile, emit: Callable[[Event], None]) -> Any:
        """Do a piece of work, on the pool's loop."""
        limit = self.options.job_timeout
        if limit is None:
            return await self._done(work, file, emit)
        done: dict[int, tuple[Path, ...]] = {}

        def note(event: Event) -> None:
            if isinstance(event, FrameEvent):
                done[event.number] = event.files
            emit(event)

        try:
            async with asyncio.timeout(limit):
                return await self._done(work, file, note)
        except TimeoutError as error:
            frames = sorted(done)
            files = tuple(dict.fromkeys(item for frame in frames for item in done[frame]))
            message = f"the {work.kind} took more than job_timeout={limit:g} s; give it more, or fewer frames"
            raise RenderError(message, frames=frames, files=files) from error

    async def _done(self, work: Work, file: OpenedFile, emit: Callable[[Event], None]) -> Any:
        if self.crew is None:
            raise RenderError("the pool is closed; write the calls inside its 'async with' block")
        workshop = Workshop(self.crew, self._times, self.options.tries)
        options, settings = work.options, work.settings or RenderSettings()
        if work.kind == "animation":
            return await render_dealt(workshop, file.load, file.name, settings, options["resume"], emit)
        if work.kind == "still":
            return await single_requests.still(workshop, file.load, settings, options, emit)
        if work.kind == "bake":
            return await single_requests.bake(workshop, file.load, options, emit)
        if work.kind == "mixdown":
            return await single_requests.mixdown(workshop, file.load, options, emit)
        return await single_requests.encode(workshop, file.load, options["frames"], settings, emit)
