"""The life of a worker: it says hello, does one request after another, and ends with its pool.

    reader thread    stdin ─▶ requests into a queue; cancel and quit at once; the end of the pipe ends the process
    pulse thread     every half second: alive, and how long ago the loop turned
    main thread      the loop, and Blender: serve() does the requests

`pool/worker_process/boot.py` calls `main` on the main thread, in Blender or in a Python that has imported `bpy`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from ...loop.shielded import cancel_and_wait
from ...output.revocation import call_this_process
from ...pool.worker_process import protocol
from ...pool.worker_process.protocol import ALIVE_INTERVAL, ProtocolError, check_order, decode, encode
from ...render.errors import RenderError
from ...work.wire import error_to_wire
from ..host.scripts import run
from ..quirks import sigpipe, versions
from . import orphans
from .actions import ACTIONS

log = logging.getLogger("async_render")

PROGRESS_INTERVAL = 0.25
"""Seconds between two events of progress. Cycles would send hundreds."""


def main(requests: int, events: int, token: str) -> None:
    """Run a worker until its pool ends it.

    Args:
        requests: descriptor from which requests are read.
        events: descriptor to which events are written.
        token: the text that the pool knows this worker by.
    """
    orphans.die_with_the_parent()
    sigpipe.ignore()
    call_this_process(token)
    link = _Link(requests, events)
    run(_Worker(link, token).serve(), name="worker")


class _Link:
    """The two pipes to the pool."""

    def __init__(self, requests: int, events: int) -> None:
        self.requests = requests
        self._events = events
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; from any thread. A pool that is gone gets nothing, and the reader thread ends this process.

        Raises:
            ProtocolError: the message is too long for one line.
        """
        line = memoryview(encode(message))
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._events, line) :]
            except OSError as error:
                log.debug("the pool is gone, and receives nothing: %s", error)


class _Worker:
    """The requests of a pool, and whoever does them."""

    def __init__(self, link: _Link, token: str) -> None:
        self._link = link
        self._token = token
        self._waiting: deque[dict[str, Any]] = deque()
        self._has_more = asyncio.Event()
        self._is_over = False
        self._task: asyncio.Task[dict[str, Any]] | None = None
        self._number = 0
        self._last_progress = 0.0
        self._turned = time.monotonic()
        self._temporary = Path(bpy.app.tempdir)

    async def serve(self) -> None:
        """Say hello, and do one request after another until the pool says that there are no more."""
        loop = asyncio.get_running_loop()
        self._link.send(
            {
                "async_render": protocol.VERSION,
                "token": self._token,
                "version": protocol.package_version(),
                "blender": list(versions.WITH_PATCH),
                "python": platform.python_version(),
                "pid": os.getpid(),
            }
        )
        for target in (self._read, self._pulse):
            threading.Thread(target=target, args=[loop], name=f"async_render {target.__name__}", daemon=True).start()
        while True:
            while self._waiting:
                await self._do(self._waiting.popleft())
            if self._is_over:
                return
            self._has_more.clear()
            await self._has_more.wait()

    async def _do(self, request: dict[str, Any]) -> None:
        """Do a request, and send what came of it."""
        self._number = request["id"]
        self._task = asyncio.create_task(self._action(request))
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:  # by SIGINT
            await cancel_and_wait(self._task)
            raise
        finally:
            self._send_answer(self._task)
            self._task = None

    async def _action(self, request: dict[str, Any]) -> dict[str, Any]:
        do = request["do"]
        if do not in ACTIONS:
            raise NotImplementedError(f"this worker cannot do {do!r}")
        fields = {name: value for name, value in request.items() if name not in {"do", "id"}}
        try:
            return await ACTIONS[do](fields, self._emit)
        except SystemExit as error:  # only the pool ends a worker
            raise RenderError(f"sys.exit({error.code!r}) was called during the request {do!r}") from error

    def _send_answer(self, task: asyncio.Task[dict[str, Any]]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        try:
            if error is None:
                self._link.send({"event": "done", "id": self._number, "result": task.result()})
                return
        except ProtocolError as too_long:
            error = too_long
        failed = {"event": "failed", "id": self._number}
        try:
            self._link.send({**failed, "error": error_to_wire(error)})
        except ProtocolError:
            self._link.send({**failed, "error": error_to_wire(error, with_files=False)})

    def _emit(self, kind: str, fields: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if kind == "progress":
            if now - self._last_progress < PROGRESS_INTERVAL:
                return
            self._last_progress = now
        self._link.send({"event": kind, "id": self._number, **fields})

    # On the loop, called by the threads.

    def _take(self, order: dict[str, Any]) -> None:
        if order["do"] == "quit":
            self._stop()
        elif order["do"] != "cancel":
            self._waiting.append(order)
        elif self._task is not None and self._number == order["id"]:
            self._task.cancel()
        else:
            cancelled = [request for request in self._waiting if request["id"] == order["id"]]
            for request in cancelled:
                self._waiting.remove(request)
                error = error_to_wire(asyncio.CancelledError())
                self._link.send({"event": "failed", "id": request["id"], "error": error})
        self._has_more.set()

    def _stop(self) -> None:
        """Cancel what is done now, forget what waits, and end."""
        self._is_over = True
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
        self._has_more.set()

    def _turn(self) -> None:
        self._turned = time.monotonic()

    # The threads.

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read orders until the end of the pipe, and then end this process, whatever its main thread does."""
        code = 0
        try:
            with os.fdopen(self._link.requests, "rb", buffering=protocol.LINE_LIMIT) as pipe:
                while line := pipe.readline(protocol.LINE_LIMIT + 1):
                    loop.call_soon_threadsafe(self._take, check_order(decode(line)))
        except ProtocolError as error:
            print(f"Async Render: the worker ends: {error}", file=sys.stderr, flush=True)
            code = 1
        except RuntimeError:  # the loop is closed: the worker ends already
            return
        try:
            loop.call_soon_threadsafe(self._stop)
        except RuntimeError:
            return
        orphans.end_soon(code, self._temporary)

    def _pulse(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say that this process lives, and how long ago its loop turned: a long frame of EEVEE's is no hang."""
        while True:
            try:
                loop.call_soon_threadsafe(self._turn)
            except RuntimeError:  # the loop is closed
                return
            time.sleep(ALIVE_INTERVAL)
            self._link.send({"event": "alive", "still": round(time.monotonic() - self._turned, 3)})
