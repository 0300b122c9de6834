"""A member of the crew: one worker process after another, each watched, ended, and started again.

    start ──▶ idle ──▶ open the file ──▶ request ──▶ idle …
      ▲         │           │               │
      │         └───────────┴── process ends, hangs, or is recycled
      └─────────────────────────────────────┘

A member that cannot start its process `tries` times in a row leaves the crew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from ...loop.shielded import cancel_and_wait, to_the_end, wait_until_done
from ...render.errors import WorkerError
from ..worker_process.child import Child, ChildLostError, Starter, may_be_silent
from .errands import Errand, Request

POLL_INTERVAL = 0.2
"""Seconds between two polls of a frame that has a limit."""

RESTART_PAUSE = 0.5
"""Seconds before a worker that could not start is started again, times the number of failures."""


@dataclass(frozen=True, slots=True)
class Wear:
    """When a process is replaced by a new one, between two requests, and when it is killed.

    Attributes:
        frames: number of frames after which it is replaced; None: no limit.
        megabytes: megabytes of memory from which on it is replaced; None: no limit.
        frame_timeout: seconds that a frame may take; None: no limit.
    """

    frames: int | None = None
    megabytes: int | None = None
    frame_timeout: float | None = None

    def is_reached(self, frames: int, memory: int | None) -> bool:
        """Return whether a process with so many frames and bytes will be replaced."""
        if self.frames is not None and frames >= self.frames:
            return True
        return self.megabytes is not None and memory is not None and memory > self.megabytes << 20


class Board(Protocol):
    """The errands that wait, as a member sees them."""

    def take(self, member: Member) -> Errand | None:
        """Return the errand of which the member will do a piece; None: there is nothing to do."""
        raise NotImplementedError

    def leave(self, member: Member, error: Exception) -> None:
        """Record that a member cannot start its process."""
        raise NotImplementedError

    def count_death(self) -> None:
        """Record that a process has died in the middle of a piece."""
        raise NotImplementedError


@dataclass(slots=True)
class ChildState:
    """A child, and what its member knows of that process. A new child begins with nothing.

    Attributes:
        child: the process.
        loaded: the key of the file that it has open; None: no file, or it is opening one.
        frames: number of frames that it has rendered.
        loads: how often it has opened a file.
        frame: the frame that it renders; None: not known.
        frame_at: when that frame began, in seconds of `monotonic`.
    """

    child: Child
    loaded: str | None = None
    frames: int = 0
    loads: int = 0
    frame: int | None = None
    frame_at: float = 0.0

    def begin_frame(self) -> None:
        """Record that a frame begins, of which the number is not known yet."""
        self.frame, self.frame_at = None, monotonic()


class Member:
    """One worker of a pool.

    Attributes:
        number: the number of the worker, from 0 on.
        name: its name, for logs and events.
        state: its process, and what is known of it; None: there is none now.
        errand: the errand of which it does a piece; None: it is idle.
        wake: set when the member will poll the board again.
    """

    def __init__(self, number: int, start: Starter, *, tries: int, wear: Wear) -> None:
        self.number = number
        self.name = f"worker {number + 1}"
        self.state: ChildState | None = None
        self.errand: Errand | None = None
        self.wake = asyncio.Event()
        self._start = start
        self._tries = tries
        self._wear = wear
        self._piece: asyncio.Task[None] | None = None

    @property
    def child(self) -> Child | None:
        """The process that lives; None: there is none now."""
        state = self.state  # another thread may ask
        return None if state is None or state.child.ended is not None else state.child

    @property
    def loaded(self) -> str | None:
        """The key of the file that the process has open; None: no file."""
        state = self.state
        return None if state is None else state.loaded

    @property
    def memory(self) -> int | None:
        """Bytes of memory that the process has; None: not known, or there is no process."""
        child = self.child
        return None if child is None else child.memory

    async def run(self, board: Board) -> None:
        """Do pieces of errands until the task is cancelled. Then the process is ended."""
        try:
            while (state := await self._living(board)) is not None:
                self.errand = board.take(self)
                if self.errand is None:
                    self.wake.clear()
                    await self.wake.wait()
                    continue
                await self._do(state, self.errand)
                if state.child.ended is not None:
                    board.count_death()
                if self._wear.is_reached(state.frames, self.memory):
                    await self._end()
        finally:
            await self._end()

    async def _living(self, board: Board) -> ChildState | None:
        """Return the process, a new one where the last one is dead; None: no process starts, and the member leaves."""
        failures = 0
        while self.child is None:
            self.state = None
            try:
                self.state = ChildState(await self._start(self.number))
            except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for work
                failures += 1
                # A program that is no Blender, or too old, has not even begun.
                has_begun = isinstance(error, WorkerError) and error.ended is not None
                if not has_begun or failures >= self._tries:
                    board.leave(self, error)
                    return None
                await asyncio.sleep(RESTART_PAUSE * failures)
        return self.state

    def stop_piece(self) -> None:
        """Cancel the piece in work. A worker that does not stop in a few seconds is ended."""
        if self._piece is not None:
            self._piece.cancel()

    def kill(self, why: str) -> None:
        """Kill the process at once, whatever it does.

        Args:
            why: the reason, for messages.
        """
        if self.child is not None:
            self.child.kill(why)

    async def _end(self) -> None:
        child = self.child
        try:
            if child is not None:
                await child.end()
        finally:
            self.state = None

    async def _do(self, state: ChildState, errand: Errand) -> None:
        """Do a piece of an errand, and record in the errand how it went."""
        request = errand.begin(self.number)
        self._piece = piece = asyncio.create_task(self._done(state, errand, request), name=f"{self.name}: piece")
        try:
            await self._watched(state, piece)
        except asyncio.CancelledError:
            if piece.cancelling():  # the piece stops already; a second cancel would kill its process in its clean-up
                await to_the_end(lambda: wait_until_done(piece))
            else:
                await cancel_and_wait(piece)
            raise
        finally:
            self._piece = self.errand = None
            errand.end(self.number)
        error = None if piece.cancelled() else piece.exception()
        if error is not None:  # a defect of ours: nobody must wait for ever
            errand.give_up(error)

    async def _watched(self, state: ChildState, piece: asyncio.Task[None]) -> None:
        """Wait for a piece. Kill its process when a frame takes too long."""
        limit = self._wear.frame_timeout
        while not piece.done():
            await asyncio.wait([piece], timeout=None if limit is None else POLL_INTERVAL)
            if limit is not None and monotonic() - state.frame_at > limit and state.loaded is not None:
                state.child.kill(f"took more than frame_timeout={limit:g} s")
                limit = None

    async def _done(self, state: ChildState, errand: Errand, request: Request | None) -> None:
        child = state.child

        def receive(message: Mapping[str, Any]) -> None:
            self._receive(state, errand, message)

        try:
            if state.loaded != errand.load.key:
                state.loaded = state.frame = None
                with may_be_silent(child):
                    await child.request(**errand.load.request(), on_event=receive)
                state.loads += 1
                state.loaded = errand.load.key
            state.begin_frame()
            if request is None:
                return
            result = await child.request(**request, on_event=receive)
            errand.succeeded(self.number, result)
        except asyncio.CancelledError:
            if not _is_asked():
                errand.failed(self.number, WorkerError(f"{self.name} has stopped its work, and nobody has asked it to"))
                return
            errand.give_back(self.number)
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for the errand
            is_loading = state.loaded is None
            if isinstance(error, ChildLostError):
                errand.give_back(self.number)
            elif child.ended is not None:
                errand.died(self.number, child.error(state.frame), state.frame, is_loading=is_loading)
            elif is_loading:
                errand.give_up(error)
            else:
                errand.failed(self.number, error)

    def _receive(self, state: ChildState, errand: Errand, message: Mapping[str, Any]) -> None:
        if message["event"] == "frame":
            state.frames += 1
            state.begin_frame()
        elif message["event"] == "progress":
            state.frame = message["number"]
        errand.receive(self.number, message, self.name)


def _is_asked() -> bool:
    """Return whether the running task was cancelled, and not what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
