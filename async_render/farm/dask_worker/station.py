"""What a farm has in the process of a Dask worker: Blenders that stay warm between Dask's tasks.

    client                          the Dask worker's process
    client.run(ask, order) ───────▶ its event loop: start, cancel, end, renew; also while its thread is busy
                                    depot: files of a job, and its frames (`depot.py`), which end with their Blender
    client.submit(do, …)   ───────▶ its thread: waits until the Blender has answered, so that Dask sees a busy slot
    topic ◀── log_event ─────────── the station's own thread: what the Blender says

An answer is what the Blender has said, never that a task has returned. What it says goes as JSON, since Dask makes
tuples of lists. It has a number, and is kept until the client has it: one that has lost its connection asks again. A
client that renews nothing for `lease` seconds is gone, and its Blenders end. They also end with this process, by the
end of their pipes.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import os
import shutil
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from ...loop.shielded import to_the_end
from ...pool.thread_loop import ThreadLoop, wait_for_call
from ...pool.worker_process.process import ChildProcess, start_child
from ...pool.worker_process.program import check_program
from ...pool.worker_process.protocol import VERSION, package_version
from ...render.errors import RenderError, WorkerError
from ...work.session import Program
from ...work.shapes import text
from ...work.wire import error_to_wire
from .depot import Depot
from .post import Post

log = logging.getLogger("async_render")

BLENDER_VARIABLE = "ASYNC_RENDER_BLENDER"
"""The variable of a Dask worker's environment that has the path of its Blender."""

POLL_INTERVAL = 0.5
"""Seconds between two polls of leases, and of the Dask worker."""

MOST_EXPIRED = 1000
"""Number of Blenders that are remembered whose client was gone, so that one that comes back is told."""

LARGEST_MARKER = 200
"""Bytes of a marker file that are read."""


class Station:
    """The Blenders of all clients in this process."""

    def __init__(self, dask_worker: Any) -> None:
        self._worker = dask_worker
        self._loop = ThreadLoop("farm")
        self._posts: dict[str, Post] = {}
        self._newest: dict[str, str] = {}
        self._expired: deque[str] = deque(maxlen=MOST_EXPIRED)
        self._depot = Depot()
        self._logs = Path(dask_worker.local_directory) / "async_render"
        self._without = _nannys_variables() if dask_worker.nanny else ()
        self.is_over = False
        self._loop.submit(self._watch())

    async def ask(self, order: Mapping[str, Any]) -> Any:
        """Do an order of a client, on the Dask worker's own loop."""
        return await wait_for_call(self._loop.submit(self._obey(order)))

    def do(self, post: str, number: int, request: Mapping[str, Any], max_silence: float) -> None:
        """Do a request, on the Dask worker's thread, and return when the Blender has answered."""
        kept = self._posts.get(post)
        if kept is not None:
            self._loop.submit(kept.do(number, request, max_silence)).result()

    async def _obey(self, order: Mapping[str, Any]) -> Any:
        kind = order["order"]
        if kind == "start":
            return await self._start(order)
        if kind == "renew":
            return {name: self._renewed(name, received) for name, received in order["posts"].items()}
        if kind == "marker":
            return await asyncio.to_thread(_marker, Path(order["file"]))
        post = self._posts.get(order["post"])
        if post is None:
            return False
        post.extend_lease()
        if kind == "depot":
            return await self._carry(post, order["given"])
        if kind == "cancel":
            post.cancel(order["number"])
        elif kind == "kill":
            post.child.kill(order["why"])
        else:
            await self._end(order["post"])
        return True

    def _make_logs(self) -> None:
        """Make the folder of the logs, before each Blender: somebody may empty the Dask worker's folder."""
        with suppress(OSError):  # the log itself says why it cannot be written
            self._logs.mkdir(parents=True, exist_ok=True)

    def _renewed(self, name: str, received: int) -> dict[str, Any] | bool:
        """Return how a Blender is, and what it has said; if it is not there, whether it ended with its lease."""
        post = self._posts.get(name)
        if post is None:
            return name in self._expired
        child = post.child
        return {
            "messages": post.renew(received),
            "running": post.running,
            "ended": child.ended,
            "memory": child.memory,
            "log": _log_of(child),
        }

    async def _start(self, order: Mapping[str, Any]) -> Any:
        """Start a Blender, and return what it says of itself; or the error, as `work/wire.py` has it.

        A client has one Blender here. So an older one is not heard by its client any more, and ends: it may render yet.
        """
        name, topic = order["post"], order["topic"]
        self._newest[topic] = name
        try:
            for post in [post for post in self._posts.values() if post.topic == topic]:
                await self._end(post.name)
            program = replace(_program(order["program"]), without=self._without)
            await check_program(program)
            self._make_logs()
            child = await start_child(
                program,
                name=f"{order['name']} of {self._worker.address}",
                log=self._logs / f"{name}.log",
                nice=order["nice"],
                start_timeout=order["start_timeout"],
            )
        except Exception as error:  # noqa: BLE001 - it is raised at the client
            return {"error": error_to_wire(error)}
        if self._newest.get(topic) != name:  # its client was not heard meanwhile, and has asked again
            await child.end()
            return {"error": error_to_wire(WorkerError("was started once more meanwhile", ended="ended"))}
        worker = self._worker
        self._posts[name] = Post(name, topic, child, order["lease"], lambda message: worker.log_event(topic, message))
        hello = child.hello
        return {
            "token": child.token,
            "blender": list(hello.blender),
            "python": hello.python,
            "pid": hello.pid,
        }

    async def _carry(self, post: Post, given: Mapping[str, Any]) -> Any:
        """Do an order of files that travel, one after another; return the answer, or the error, each below its name."""
        async with post.order_lock:
            try:
                job = text("job", given.get("job"))
                if self._posts.get(post.name) is not post:
                    return False
                if given.get("order") == "begin":
                    post.jobs.add(job)
                elif job not in post.jobs:
                    raise RenderError(f"job={job!r}: this worker has no such job: send its files again")
                # To the end: a thread that still writes when its turn is over would write into a job that is removed.
                return {"answer": await to_the_end(lambda: asyncio.to_thread(self._depot.do, given))}
            except Exception as error:  # noqa: BLE001 - it is raised at the client
                return {"error": error_to_wire(error)}

    async def _end(self, name: str) -> None:
        post = self._posts.pop(name, None)
        if post is None:
            return
        if self._newest.get(post.topic) == name:
            del self._newest[post.topic]
        try:
            if post.child.ended is None:
                await post.child.end()
        finally:
            async with post.order_lock:
                for job in post.jobs:
                    await asyncio.to_thread(self._depot.end, job)

    async def _watch(self) -> None:
        """End the Blenders whose client is gone; and all of them when the Dask worker is closed."""
        while not self.is_over:
            await asyncio.sleep(POLL_INTERVAL)
            now = monotonic()
            self.is_over = self._worker.status.name in {"closed", "closing", "failed"}
            expired = [name for name, post in self._posts.items() if now > post.lease_end]
            self._expired += expired
            gone = list(self._posts) if self.is_over else expired
            ended = await asyncio.gather(*(self._end(name) for name in gone), return_exceptions=True)
            for name, error in zip(gone, ended, strict=True):
                if isinstance(error, Exception):
                    log.error("the Blender %s did not end as it should", name, exc_info=error)
        await asyncio.to_thread(self._depot.close)
        shutil.rmtree(self._logs, ignore_errors=True)


def _log_of(child: ChildProcess) -> list[str]:
    return list(child.log.last_lines()) if child.ended is not None else []


def _program(given: Mapping[str, Any] | None) -> Program:
    """Return the program of a Blender: the client's, that of the environment, the module `bpy`, or that on PATH.

    Raises:
        WorkerError: there is none.
    """
    if given is not None:
        return Program(given["kind"], Path(given["path"]), tuple(given["arguments"]), given["environment"])
    path = os.environ.get(BLENDER_VARIABLE)
    if path is None and importlib.util.find_spec("bpy") is not None:
        path = sys.executable
    path = path or shutil.which("blender")
    if path is None:
        raise WorkerError(
            f"the Dask worker's machine has no Blender: set {BLENDER_VARIABLE} in the worker's environment, or install "
            "bpy into its Python, or give DaskFarm(blender=…)"
        )
    return Program.at(Path(path))


def _nannys_variables() -> tuple[str, ...]:
    """Return the variables that a nanny has set for Python's own work, as one thread for numpy.

    Blender must not have them: by MALLOC_TRIM_THRESHOLD_ it gives memory back and takes it again all the time. A frame
    of an empty scene had 360 page faults instead of ten, and a quarter more CPU time (distributed 2026.8, bpy 5.0).
    """
    given = importlib.import_module("dask").config.get("distributed.nanny.pre-spawn-environ", {})
    return tuple(name for name, value in given.items() if os.environ.get(name) == str(value))


def _marker(file: Path) -> str | None:
    """Return what a marker file says; None: it cannot be read here."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_MARKER).decode("ascii", errors="replace")
    except OSError:
        return None


_station: Station | None = None
_lock = threading.Lock()


def _station_of(dask_worker: Any) -> Station:
    global _station
    with _lock:
        if _station is None or _station.is_over:
            _station = Station(dask_worker)
        return _station


async def ask(order: Mapping[str, Any], dask_worker: Any = None) -> Any:
    """Do an order of a client. Dask calls this on the event loop of its worker.

    Raises:
        RenderError: the client has another version of this package, or the order cannot be done.
    """
    if order["version"] != (ours := [package_version(), VERSION]):
        raise RenderError(
            f"the Dask worker {dask_worker.address} has Async Render {ours[0]} (protocol {ours[1]}), and this client "
            f"{order['version'][0]} (protocol {order['version'][1]}): install the same version on both"
        )
    try:
        return await _station_of(dask_worker).ask(order)
    except OSError as error:  # the client would take it for a lost connection, and ask again and again
        raise RenderError(
            f"the Dask worker {dask_worker.address} cannot do {order['order']!r}: {error}; correct that on its machine"
        ) from error


def do(post: str, number: int, request: Mapping[str, Any], max_silence: float) -> None:
    """Do a request. Dask calls this on the thread of its worker."""
    if _station is not None:
        _station.do(post, number, request, max_silence)


def forget_topic(topic: str, dask_scheduler: Any = None) -> None:
    """Drop the messages of a farm that is closed. Dask calls this in its scheduler, which has no public call for it."""
    dask_scheduler._broker.truncate(topic)
