"""The crew of a pool: its members, the errands that wait, and who does what next. All of it on the pool's loop.

Errands share the workers fairly: an idle worker goes to the errand that has the fewest workers. Among equals it goes to
one whose file it has open, since to open a file may take longer than a frame.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any

from ...loop.shielded import to_the_end
from ...render.errors import WorkerError
from ...work.backend import Event
from ..worker_process.child import Starter
from .errands import Errand, Load, Preload
from .member import Member, Wear

PATIENCE = 15.0
"""Seconds after which an errand without a worker goes before all others, whatever files the workers have open."""


class Crew:
    """The workers of a pool.

    Attributes:
        members: the workers that can start their processes.
        deaths: how often a process has died, or could not be started.
        next_number: the number of the next worker that joins.
    """

    def __init__(
        self,
        count: int,
        start: Starter,
        *,
        tries: int,
        wear: Wear | None = None,
    ) -> None:
        """Create the crew, whose processes start at once. Called on the pool's loop.

        Args:
            count: number of workers.
            start: starts a worker's process.
            tries: how often a process is started without success before its member leaves.
            wear: when a process is replaced; None: never.
        """
        self.members: list[Member] = []
        self.deaths = 0
        self.next_number = 0
        self._new_member = partial(Member, start=start, tries=tries, wear=wear or Wear())
        self._errands: list[Errand] = []
        self._in_use: Counter[str] = Counter()
        self._error: Exception | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        for _ in range(count):
            self.join()

    def join(self) -> Member:
        """Add a worker, whose process starts at once."""
        member = self._new_member(self.next_number)
        self.next_number += 1
        self.members.append(member)
        task = asyncio.create_task(member.run(self), name=member.name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return member

    async def do(self, errand: Errand) -> Any:
        """Wait until workers have done an errand.

        Returns:
            The errand's result.

        Raises:
            CancelledError: the caller was cancelled. No worker is busy with the errand any more.
            Exception: the errand's error.
        """
        if self._error is not None:
            errand.give_up(self._error.with_traceback(None))  # each raise would add to it
        self._errands.append(errand)
        self.wake()
        try:
            await asyncio.wait([errand.over])
        finally:
            self._errands.remove(errand)
            if errand.busy:
                await to_the_end(lambda: self._stopped(errand))
        return errand.over.result()

    @contextmanager
    def prepared(self, load: Load, on_event: Callable[[Event], None] | None = None) -> Iterator[None]:
        """Let idle workers open a file inside the `with` block, unless a call needs the one that they have open."""
        preload = Preload(load, on_event)
        if self._error is None:
            self._errands.append(preload)
            self.wake()
        try:
            yield
        finally:
            with suppress(ValueError):
                self._errands.remove(preload)

    @contextmanager
    def in_use(self, load: Load) -> Iterator[None]:
        """Let workers keep a file open inside the `with` block: a call needs it again in a moment."""
        self._in_use[load.key] += 1
        try:
            yield
        finally:
            self._in_use[load.key] -= 1
            self._in_use += Counter()  # drops what is zero

    def take(self, member: Member) -> Errand | None:
        """Return the errand of which an idle member will do a piece; None: there is nothing to do."""
        now = monotonic()
        waiting = [
            errand
            for errand in self._errands
            if errand.has_piece_for(member.number)
            and (not errand.is_preparation or self._is_worth_preparing(member, errand.load.key))
        ]
        chosen = min(waiting, key=lambda errand: _rank(errand, member.loaded, now), default=None)
        if chosen is not None:
            chosen.served_at = now
        return chosen

    def _is_worth_preparing(self, member: Member, key: str) -> bool:
        """Return whether a member opens a file in advance: another one has it and prepares the call, and no call needs
        the file that this member has open."""
        others = (errand for errand in self._errands if errand.busy and not errand.is_preparation)
        is_needed = any(errand.load.key == key for errand in others)
        return is_needed and member.loaded != key and member.loaded not in self._in_use

    def leave(self, member: Member, error: Exception) -> None:
        """Record that a member cannot start its process. Without any member all errands end with the error."""
        self.members.remove(member)
        self.deaths += 1
        if not self.members:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End all errands with an error, those that come later, too: nobody can do them any more."""
        self._error = error
        self.give_up_waiting(error)

    def give_up_waiting(self, error: Exception) -> None:
        """End the errands that wait now with an error. Later ones wait for new members."""
        for errand in self._errands:
            errand.give_up(error.with_traceback(None))  # each raise would add to it

    def count_death(self) -> None:
        """Record that a process has died in the middle of a piece."""
        self.deaths += 1

    def wake(self) -> None:
        """Let idle members poll the board again."""
        for member in self.members:
            member.wake.set()

    async def end(self) -> None:
        """Cancel all pieces, and end all processes."""
        self.fail(self._error or WorkerError("the pool was closed"))
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def kill(self) -> None:
        """Kill all processes at once, whatever they do."""
        for member in self.members:
            member.kill("was ended")

    async def _stopped(self, errand: Errand) -> None:
        """Stop the pieces of an errand, and wait until no worker has one."""
        while errand.busy:
            for member in self.members:
                if member.errand is errand:
                    member.stop_piece()
            await errand.idle.wait()


def _rank(errand: Errand, loaded: str | None, now: float) -> tuple[bool, float, int, bool, float]:
    """Return what decides which errand gets an idle worker; the lowest wins."""
    is_starving = not errand.busy and now - errand.served_at > PATIENCE
    starved_since = errand.served_at if is_starving else now
    return errand.is_preparation, starved_since, len(errand.busy), errand.load.key != loaded, errand.served_at
