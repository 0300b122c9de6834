"""The pools that are open in this process: whatever ends it, or the add-on, ends their workers, too.

Workers end by themselves when their pipe is closed. So nothing here is needed against orphans: it only makes their end
orderly, and quick.
"""

from __future__ import annotations

import atexit
from contextlib import suppress
from typing import Protocol

EXIT_TIMEOUT = 5.0
"""Seconds that workers have to end when Python ends, as many as `ChildProcess.end` takes. Then they are killed, and
what they leave is removed."""


class Endable(Protocol):
    """A pool that can be ended by whoever ends the process."""

    def end_now(self, timeout: float) -> None:
        """End all workers. Those that have not ended in so many seconds are killed. Called on the main thread."""
        raise NotImplementedError


_open: list[Endable] = []


def add(pool: Endable) -> None:
    """Record that a pool was opened."""
    if not _open:
        atexit.register(end_all)
    _open.append(pool)


def remove(pool: Endable) -> None:
    """Record that a pool was closed."""
    with suppress(ValueError):
        _open.remove(pool)
    if not _open:
        atexit.unregister(end_all)


def end_all(timeout: float = EXIT_TIMEOUT) -> None:
    """End all pools: the process ends, or the add-on is disabled."""
    for pool in tuple(_open):
        pool.end_now(timeout)
