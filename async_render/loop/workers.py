"""The threads that work for the loop, and the threads of others that may hand work over to the loop."""

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
"""The beginning of the name that `threading` gives to a thread that something else has started (3.11 to 3.14)."""

_IDLE = "Dask-Offload"
"""The beginning of the name of a thread that Dask keeps until the process ends, once it had a client. Only Dask's own
loop hears from that thread (`offload` in Dask's `distributed.utils`)."""

_MOST_WORKERS = min(32, (os.cpu_count() or 1) + 4)
"""Threads at most: as many as Python's own executor has."""


LOCK_TIMEOUT = 1.0
"""Seconds that `shutdown` waits for the lock, which a living thread has for microseconds."""


class Workers(ThreadPoolExecutor):
    """The threads of `asyncio.to_thread`: daemons, so that none keeps Blender from quitting.

    asyncio accepts only a `ThreadPoolExecutor`, so this class is one by name. Python joins the threads of its own
    executor when it ends: Blender would stay, without its window, until a download is complete. The threads here are
    started when they are needed, and an idle thread stays.

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
        """Call the function on a thread, as any executor does."""
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
        """Take no more work, as any executor does."""
        # Python stops a daemon thread for good when Python ends, and the thread may have the lock. A loop that nobody
        # has closed is closed after that, by `BaseEventLoop.__del__`. See `take_gil` in Python/ceval_gil.c.
        if not self._lock.acquire(timeout=LOCK_TIMEOUT):
            return
        try:
            self._is_shut = True
            while cancel_futures and not self._jobs.empty():
                job = self._jobs.get()
                if job is not None:
                    job[0].cancel()
                    self.busy -= 1
            self._jobs.put(None)
        finally:
            self._lock.release()
        for thread in self._started if wait else ():
            thread.join()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{_PREFIX}_{len(self._started)}", daemon=True)
        self._started.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job)
            del job  # so that its function and result are freed while this thread waits
            with self._lock:
                self.busy -= 1
        self._jobs.put(None)  # so that the next thread ends, too


def _do(future: Future[Any], function: Callable[[], Any]) -> None:
    """Call the function, and give its result or exception to the future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - it is raised where the future is awaited
        future.set_exception(error)
    else:
        future.set_result(result)


def other_threads() -> bool:
    """Return whether Python has threads that may reach the loop, besides its main one and `Workers`.

    `threading` knows a thread that C has started, such as Blender's render threads, as a dummy. Up to Python 3.12 a
    dummy is listed long after its thread has ended, so dummies do not count.
    """
    return any(not thread.name.startswith(("MainThread", _DUMMY, _PREFIX, _IDLE)) for thread in threading.enumerate())


def is_started_by_python() -> bool:
    """Return whether Python's `threading` has started the current thread. C starts the threads of Blender's jobs."""
    return not threading.current_thread().name.startswith(_DUMMY)
