"""The crew of a farm, whose members come and go with Dask's workers, and the tasks that follow Dask's workers.

Each Dask worker has one member, with one Blender. A Dask worker that refuses has none as long as it stays: it lacks
Blender, or has another version of this package. One that answers nothing is asked a few times, and then has none until
it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from ...pool.crew.crew import Crew
from ...pool.crew.member import Member, Wear
from ...pool.worker_process.child import Child
from ...render.errors import RenderError
from .dask_child import DaskChild
from .link import ORDER_TIMEOUT, Link

log = logging.getLogger("async_render")

POLL_INTERVAL = 0.5
"""Seconds between two polls of who Dask's workers are."""

RENEW_INTERVAL = 5.0
"""Seconds between two renewals of a Blender's lease."""

MOST_MISSED = 4
"""Number of renewals in a row that a Dask worker misses before it counts as gone, though the scheduler knows it; and
number of polls in a row that a scheduler misses which is connected."""

StartAt = Callable[[int, str], Any]
"""A coroutine function that starts a Blender beside a Dask worker: the member's number, the worker's address."""


class FarmCrew(Crew):
    """The members of a farm. Errands wait when there is no member for a while."""

    def __init__(self, link: Link, start: StartAt, *, tries: int, wear: Wear, worker_timeout: float) -> None:
        """Create a crew without members. Called on the farm's loop.

        Args:
            link: the connection to Dask.
            start: starts a Blender.
            tries: as for `Crew`; and how often a Dask worker is asked that answers nothing.
            wear: as for `Crew`.
            worker_timeout: seconds that errands wait without any member.
        """
        super().__init__(0, self._start_of, tries=tries, wear=wear)
        self._link = link
        self._start_at = start
        self._worker_timeout = worker_timeout
        self._tries = tries
        self._addresses: dict[int, str] = {}
        self._refused: dict[str, Exception] = {}
        self._left: dict[str, Exception] = {}
        self._last_left: Exception | None = None
        self._silent: Counter[str] = Counter()
        self._children: dict[str, DaskChild] = {}
        self._missed: dict[str, int] = {}
        self._losses: dict[str, int] = {}
        self._alone_since = monotonic()
        self._followers = [self._in_background(self._follow_workers()), self._in_background(self._renew())]

    def leave(self, member: Member, error: Exception) -> None:
        """Record that a member has no Blender any more: its Dask worker is gone, does not answer, or refuses."""
        self.members.remove(member)
        self.deaths += 1
        address = self._addresses.pop(member.number)
        self._children.pop(address, None)
        if isinstance(error, OSError):
            self._left[address] = error  # the next poll says whether it is gone
        else:
            log.warning("%s cannot render: %s", address, error)
            self._refused[address] = error
        self.wake()  # its frames wait for an idle member, which does not poll by itself

    async def end(self) -> None:
        """End all Blenders, and follow Dask's workers no more."""
        await super().end()
        for task in self._followers:
            task.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that goes on as long as the crew. Its error ends all errands: nobody else could wake them."""

        def fail(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                problem = RenderError(f"the farm has lost sight of its workers: {error!r}; open the farm again")
                problem.__cause__ = error
                self.fail(problem)

        task = asyncio.create_task(work)
        task.add_done_callback(fail)
        return task

    async def _start_of(self, number: int) -> Child:
        address = self._addresses[number]
        known = await self._link.workers()
        if known is not None and address not in known:
            raise OSError(f"the Dask worker {address} is gone")
        self._losses[address] = self._link.losses
        child: DaskChild = await self._start_at(number, address)
        self._children[address] = child
        self._missed[address] = 0
        return child

    async def _follow_workers(self) -> None:
        """Let members join and leave, until the connection is lost for good."""
        while not self._link.is_closed:
            known = await self._link.workers()
            if known is not None:
                self._compare(known)
            if any(child.ended is not None for child in self._children.values()):
                self.wake()  # a member that is idle does not see that its Blender is gone
            if known is None:
                self._alone_since = monotonic()
                if self._link.unanswered >= MOST_MISSED:
                    self.give_up_waiting(_unanswered(self._link))
            elif any(child.ended is None for child in self._children.values()):
                self._alone_since, self._last_left = monotonic(), None
            elif not self.members and (problem := self._problem(known)):
                self.give_up_waiting(problem)
            await asyncio.sleep(POLL_INTERVAL)
        message = "the connection to Dask's scheduler was lost, and there was none within connect_timeout"
        for child in tuple(self._children.values()):
            child.lose(message, is_blameless=True)
        self.fail(RenderError(f"{message}; what is complete stays: go on by resume=True when it is there again"))

    def _compare(self, known: set[str]) -> None:
        while self._left:
            address, error = self._left.popitem()
            self._last_left = error
            if address in known:
                self._record_silence(address, error)
            else:
                log.info("%s has left the farm: %s", address, error)
        for address in (self._refused.keys() | self._silent.keys()) - known:
            self._refused.pop(address, None)
            del self._silent[address]
        for address in self._children.keys() - known:
            is_blameless = self._losses[address] != self._link.losses
            self._children[address].lose("is gone with its Dask worker", is_blameless=is_blameless)
        for address in known - set(self._addresses.values()) - self._refused.keys():
            self._addresses[self.next_number] = address
            self.join()

    def _record_silence(self, address: str, error: Exception) -> None:
        """Record that a Dask worker has not answered, which the scheduler knows. It is asked again a few times."""
        self._silent[address] += 1
        times = self._silent[address]
        log.warning("%s: try %d of %d", error, times, self._tries)
        if times >= self._tries:
            self._refused[address] = RenderError(
                f"{error}, {times} times in a row: restart it, or look at what its machine does"
            )

    def _problem(self, known: set[str]) -> RenderError | None:
        """Return why nobody renders; None: workers may still come."""
        if known and self._refused.keys() >= known:
            address, error = next(iter(self._refused.items()))
            others = "" if len(known) == 1 else f", nor can the {len(known) - 1} others"
            problem = RenderError(f"the Dask worker {address} cannot render{others}: {error}")
            problem.__cause__ = error
            return problem
        if monotonic() - self._alone_since > self._worker_timeout:
            left = "" if self._last_left is None else f"; of the last one: {self._last_left}"
            return RenderError(
                f"the scheduler has had no worker with a Blender for worker_timeout={self._worker_timeout:g} s: "
                f"start workers by 'dask worker ADDRESS --nthreads 1'{left}"
            )
        return None

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_INTERVAL)
            silent = [address for address in self._silent if address in self._refused]
            await asyncio.gather(
                *(self._renew_one(child) for child in tuple(self._children.values())), *map(self._ask_again, silent)
            )

    async def _ask_again(self, address: str) -> None:
        """Let a Dask worker in that was refused because it answered nothing, and answers now."""
        try:
            await self._link.order(address, "renew", posts={})
        except (OSError, RenderError) as error:
            log.debug("%s is silent: %s", address, error)
            return
        log.info("%s answers again", address)
        del self._silent[address]
        self._refused.pop(address, None)

    async def _renew_one(self, child: DaskChild) -> None:
        if child.ended is not None:
            return
        address = child.address
        try:
            await child.renew()
            self._missed[address] = 0
            del self._silent[address]
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker has missed a renewal
            log.debug("%s was not renewed: %s", address, error)
            self._missed[address] += self._link.client.status == "running"
            if self._missed[address] >= MOST_MISSED:
                child.lose(f"does not answer: {error}", is_blameless=False)


def _unanswered(link: Link) -> RenderError:
    return RenderError(
        f"the scheduler {link.address} is connected, and has not answered for {link.unanswered * ORDER_TIMEOUT:g} s: "
        "look at what its machine does; what is complete stays: go on by resume=True when it answers again"
    )
