"""The threads that may have something to say to the loop."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_Job: TypeAlias = "tuple[Future[Any], Callable[[], Any]]"

_PREFIX = "async_render"

_DUMMY = "Dummy-"
"""What `threading` calls a thread that it has not started, as soon as that one asks who it is (3.11 to 3.14)."""

_MOST_WORKERS = min(32, (os.cpu_count() or 1) + 4)  # as in Python's own


class Workers(ThreadPoolExecutor):
    """The threads of `asyncio.to_thread`: daemons, so that none keeps Blender from quitting.

    `ThreadPoolExecutor` by name only, asyncio takes no other kind. Its own threads are joined when Python ends: Blender
    would stay, without its window, until a download is through. These are started as they are needed, and idle threads
    stay.

    Attributes:
        busy: how many functions are running, or wait for a thread.
    """

    def __init__(self) -> None:
        super().__init__(thread_name_prefix=_PREFIX)
        self.busy = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._started: list[threading.Thread] = []
        self._is_shut = False
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As any executor's."""
        future: Future[T] = Future()
        with self._lock:
            if self._is_shut:
                raise RuntimeError("Blender's event loop is closed, and its threads take no more work")
            self.busy += 1
            self._jobs.put((future, partial(fn, *args, **kwargs)))
            if len(self._started) < min(self.busy, _MOST_WORKERS):
                self._start_thread()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As any executor's."""
        with self._lock:
            self._is_shut = True
            while cancel_futures and not self._jobs.empty():
                job = self._jobs.get()
                if job is not None:
                    job[0].cancel()
                    self.busy -= 1
            self._jobs.put(None)
        for thread in self._started if wait else ():
            thread.join()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{_PREFIX}_{len(self._started)}", daemon=True)
        self._started.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job)
            del job  # while it waits for the next, what this one held may go
            with self._lock:
                self.busy -= 1
        self._jobs.put(None)  # for the next thread


def _do(future: Future[Any], function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the future
        future.set_exception(error)
    else:
        future.set_result(result)


def other_threads() -> bool:
    """Whether Python has threads besides its main one and `Workers`.

    Those that C started, Blender's render threads, are known as dummies, up to 3.12 long after they have ended.
    """
    return any(not thread.name.startswith(("MainThread", _DUMMY, _PREFIX)) for thread in threading.enumerate())


def is_started_by_python() -> bool:
    """Whether Python's `threading` has started the thread that asks; false on those of Blender's jobs."""
    return not threading.current_thread().name.startswith(_DUMMY)
