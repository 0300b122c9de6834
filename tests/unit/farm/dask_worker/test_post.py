"""What a Blender says to a client far away: in few messages, in its order, and the answer at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from async_render.farm.dask_worker import post as module
from async_render.farm.dask_worker.post import SAY_INTERVAL, Post


class Blender:
    """A child process that says what it is told."""

    ended: str | None = None
    killed = ""
    max_silence = 0.0

    def __init__(self) -> None:
        self.on_event: Callable[[Mapping[str, Any]], None] = lambda _: None
        self.answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def request(self, do: str, on_event: Callable[[Mapping[str, Any]], None], **given: Any) -> dict[str, Any]:
        self.on_event = on_event
        return await self.answer

    def kill(self, why: str) -> None:
        self.killed = why

    def says(self, number: int) -> None:
        self.on_event({"event": "frame", "number": number})


async def test_frames_that_come_soon_after_each_other_are_sent_together_and_the_answer_at_once() -> None:
    sent: list[Mapping[str, Any]] = []
    child: Any = Blender()
    post = Post("post", "topic", child, 60.0, sent.append)
    request = asyncio.create_task(post.do(1, {"do": "frames"}, 30.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(1, 101):
        child.says(number)
    assert [len(item["messages"]) for item in sent] == [1]
    child.answer.set_result({"seconds": 1.0})
    await request
    assert [len(item["messages"]) for item in sent] == [1, 100]
    assert {item["post"] for item in sent} == {"post"}
    messages = [message for item in sent for message in item["messages"]]
    assert [message["count"] for message in messages] == list(range(1, 102))
    said = [json.loads(message["said"]) for message in messages]
    assert [item["event"]["number"] for item in said[:-1]] == list(range(1, 101))
    assert said[-1]["kind"] == "done"
    assert post.renew(100) == [messages[-1]]


async def test_a_frame_that_waits_for_others_is_sent_though_none_comes() -> None:
    sent: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    child: Any = Blender()
    post = Post("post", "topic", child, 60.0, sent.put_nowait)
    request = asyncio.create_task(post.do(1, {"do": "frames"}, 30.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    child.says(1)
    child.says(2)
    counts = [message["count"] for _ in range(2) for message in (await sent.get())["messages"]]
    assert counts == [1, 2]
    assert SAY_INTERVAL < 0.1, "a person who watches does not see it"
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)


async def test_a_client_that_fetches_nothing_ends_the_blender_and_one_that_does_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LARGEST_KEPT", 10_000)
    child: Any = Blender()
    post = Post("post", "topic", child, 60.0, lambda _: None)
    request = asyncio.create_task(post.do(1, {"do": "frames"}, 30.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(1, 1001):
        child.says(number)
        assert len(post.renew(number - 10)) <= 10
    assert child.killed == ""
    for number in range(1001, 1201):
        child.says(number)
    assert child.killed == "was ended: its client has not fetched 210 messages of it"
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
