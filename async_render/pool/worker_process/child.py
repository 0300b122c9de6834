"""The process of a worker, as members of a crew use it: on this machine, or beside a worker of Dask's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...render.errors import WorkerError

LOAD_SILENCE = 1800.0
"""Seconds that a worker may give no sign of life while it opens a file: Blender holds Python's lock meanwhile."""

OnEvent = Callable[[Mapping[str, Any]], None]
"""A function that gets the events of a request: `frame`, `progress` and `warning`, as `protocol.py` has them."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker says of itself.

    Attributes:
        blender: Blender's version.
        python: Python's version.
        pid: number of the process that has Blender, which need not be the one that was started.
    """

    blender: tuple[int, int, int]
    python: str
    pid: int


@dataclass(slots=True)
class SentRequest:
    """A request that a worker has, and that waits for its answer.

    Attributes:
        do: the request, as `protocol.REQUESTS` has it.
        answer: the answer, which the worker's messages set, or its end.
        on_event: is called with each event of the request; None: nobody follows it.
        is_cancelled: whether the worker was asked to stop.
    """

    do: str
    answer: asyncio.Future[dict[str, Any]]
    on_event: OnEvent | None
    is_cancelled: bool = field(default=False, kw_only=True)

    def fail(self, error: BaseException) -> None:
        """Set an exception as the answer, unless there is an answer."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Child(Protocol):
    """The process of a worker: on this machine `process.py` has it, on others `farm/cluster/dask_child.py`.

    Attributes:
        hello: what the worker says of itself.
        ended: how the process ended; None: it lives.
        max_silence: seconds without a sign of life, after which the worker is hung.
    """

    hello: Hello
    ended: str | None
    max_silence: float

    @property
    def memory(self) -> int | None:
        """Bytes of memory that the process has; None: not known."""
        raise NotImplementedError

    async def request(self, do: str, *, on_event: OnEvent | None = None, **fields: Any) -> dict[str, Any]:
        """Let the worker do something, and return the result's fields."""
        raise NotImplementedError

    async def end(self) -> None:
        """End the process, and wait until it is gone."""
        raise NotImplementedError

    def kill(self, why: str) -> None:
        """Kill the process. Its request raises `WorkerError`, with the reason, when it is gone."""
        raise NotImplementedError

    def error(self, frame: int | None = None) -> WorkerError:
        """Return the exception that says how the process has ended."""
        raise NotImplementedError


class ChildLostError(WorkerError):
    """A worker that is gone for a reason that is none of its frames': the connection to it was lost."""


Starter = Callable[[int], Awaitable[Child]]
"""A function that starts the process of the member with this number, and returns when it is ready."""


@contextmanager
def may_be_silent(child: Child) -> Iterator[None]:
    """Let a worker be silent for long inside the `with` block, in which it opens a file."""
    before, child.max_silence = child.max_silence, LOAD_SILENCE
    try:
        yield
    finally:
        child.max_silence = before
