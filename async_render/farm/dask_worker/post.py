"""One Blender of a client in the process of a Dask worker: its requests, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from ...pool.worker_process.process import ChildProcess
from ...work.wire import error_to_wire

LARGEST_KEPT = 64 << 20
"""Characters of the messages that are kept until the client says that it has them. Then its Blender is ended. They are
those of 300,000 frames: frames that are skipped come faster than a client can take them."""

SAY_INTERVAL = 0.05
"""Seconds between two sendings. Each one wakes the event loops of four threads, which costs 1.3 ms of CPU time: light
frames come more often. An answer, and what comes after a pause, is sent at once."""

Say = Callable[[Mapping[str, Any]], None]


class _KeptMessages:
    """Messages with numbers, kept until the client has them.

    Attributes:
        size: characters of those that are kept.
    """

    def __init__(self) -> None:
        self.size = 0
        self._count = 0
        self._messages: deque[Mapping[str, Any]] = deque()

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, said: str) -> Mapping[str, Any]:
        """Keep a message, and return it with its number."""
        self._count += 1
        self.size += len(said)
        self._messages.append({"count": self._count, "said": said})
        return self._messages[-1]

    def after(self, received: int) -> list[Mapping[str, Any]]:
        """Drop the messages that the client has, and return the others."""
        while self._messages and self._messages[0]["count"] <= received:
            self.size -= len(self._messages.popleft()["said"])
        return list(self._messages)


class _Batches:
    """Messages on their way to the client, several at once.

    Args:
        send: sends so many messages.
    """

    def __init__(self, send: Callable[[list[Mapping[str, Any]]], None]) -> None:
        self._send = send
        self._waiting: list[Mapping[str, Any]] = []
        self._sent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, message: Mapping[str, Any], *, is_answer: bool) -> None:
        """Send a message with those that wait, or let it wait for others."""
        self._waiting.append(message)
        left = self._sent_at + SAY_INTERVAL - monotonic()
        if is_answer or left <= 0:
            self._send_all()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(left, self._send_all)

    def _send_all(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        messages, self._waiting = self._waiting, []
        self._sent_at = monotonic()
        self._send(messages)


class Post:
    """One Blender, for one client. Its methods belong to the station's loop.

    Attributes:
        topic: where its client listens.
        lease_end: the time at which its client is gone, in seconds of `monotonic`.
        jobs: the jobs in the depot that end with this Blender.
        order_lock: held while one of them does an order.
    """

    def __init__(self, name: str, topic: str, child: ChildProcess, lease: float, say: Say) -> None:
        self.name = name
        self.topic = topic
        self.child = child
        self.lease_end = monotonic() + lease
        self.jobs: set[str] = set()
        self.order_lock = asyncio.Lock()
        self._lease = lease
        self._kept = _KeptMessages()
        self._batches = _Batches(lambda messages: say({"post": name, "messages": messages}))
        self._requests: dict[int, asyncio.Task[None]] = {}
        self._cancelled: set[int] = set()

    @property
    def running(self) -> list[int]:
        """The numbers of the requests in work."""
        return list(self._requests)

    async def do(self, number: int, request: Mapping[str, Any], max_silence: float) -> None:
        """Let the Blender do a request, and send what it says. One that was cancelled before is not begun."""
        if number in self._cancelled:
            return
        self._requests[number] = task = asyncio.create_task(self._done(number, request, max_silence))
        try:
            await asyncio.wait([task])
        finally:
            del self._requests[number]

    def cancel(self, number: int) -> None:
        """Cancel a request; its answer comes when the Blender is idle, or dead."""
        if (task := self._requests.get(number)) is not None:
            task.cancel()
        else:
            self._cancelled.add(number)
            self._keep({"kind": "unknown", "number": number})

    def extend_lease(self) -> None:
        """Record that the client lives."""
        self.lease_end = monotonic() + self._lease

    def renew(self, received: int) -> list[Mapping[str, Any]]:
        """Record that the client lives, and has so many messages; return those that it has not."""
        self.extend_lease()
        return self._kept.after(received)

    async def _done(self, number: int, request: Mapping[str, Any], max_silence: float) -> None:
        self.child.max_silence = max_silence
        try:
            result = await self.child.request(**request, on_event=lambda event: self._pass_on(number, event))
        except asyncio.CancelledError as error:
            self._keep({"kind": "failed", "number": number, "error": error_to_wire(error), **self._state()})
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for the answer
            self._keep({"kind": "failed", "number": number, "error": error_to_wire(error), **self._state()})
        else:
            self._keep({"kind": "done", "number": number, "result": result})

    def _state(self) -> dict[str, Any]:
        return {"ended": self.child.ended, "log": list(self.child.log.last_lines())}

    def _pass_on(self, number: int, event: Mapping[str, Any]) -> None:
        message = {"kind": "event", "number": number, "event": dict(event)}
        if event["event"] == "progress":  # the next one says the same, and more
            self._batches.add({"count": None, "said": json.dumps(message)}, is_answer=False)
        else:
            self._keep(message)

    def _keep(self, message: Mapping[str, Any]) -> None:
        """Send a message, and keep it until the client has it."""
        numbered = self._kept.add(json.dumps(message))
        if self._kept.size > LARGEST_KEPT:
            self.child.kill(f"was ended: its client has not fetched {len(self._kept):,} messages of it")
        self._batches.add(numbered, is_answer=message["kind"] != "event")
