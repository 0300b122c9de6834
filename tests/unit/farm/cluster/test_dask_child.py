"""What a Blender far away says, when messages are lost on their way, or say too much."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from async_render.farm.cluster import dask_child
from async_render.farm.cluster.dask_child import DaskChild
from async_render.render.errors import RenderError, WorkerError
from async_render.work.wire import error_to_wire


def message(count: int, kind: str = "event", **fields: Any) -> dict[str, Any]:
    return {"count": count, "said": json.dumps({"kind": kind, "number": 7, **fields})}


RENEWAL: dict[str, Any] = {"messages": [], "running": [], "ended": None, "memory": 5, "log": []}


class FakeLink:
    """A link whose worker obeys each order, and whose tasks are over at once, without a word of the Blender."""

    def __init__(self) -> None:
        self.orders = list[str]()
        self.task_names = SimpleNamespace(key=lambda *_: "key")

    async def order(self, _address: str, order: str, **_fields: Any) -> bool:
        self.orders.append(order)
        return True

    def submit(self, *_: Any) -> Any:
        return SimpleNamespace(status="finished")

    def release(self, _task: Any) -> None:
        """Nothing is kept."""

    forget = release


async def asked() -> tuple[FakeLink, DaskChild, asyncio.Task[Any]]:
    """A Blender that has its request number 7."""
    link: Any = FakeLink()
    child = DaskChild(link, "tcp://a", "worker 1")
    child._numbers = iter([7])  # type: ignore[assignment]
    task = asyncio.create_task(child.request("load"))
    await asyncio.sleep(0)
    return link, child, task


async def test_what_comes_after_a_lost_message_waits_for_the_renewal_that_brings_both() -> None:
    link: Any = None
    child = DaskChild(link, "tcp://a", "worker 1")
    child._receive(message(2))
    assert child._received == 0
    child._receive(message(1))
    assert child._received == 1
    child.renewed({**RENEWAL, "messages": [message(1), message(2), message(3)]})
    child._receive(message(2))
    assert (child._received, child.memory) == (3, 5)


async def test_what_a_blender_says_after_its_answer_changes_nothing() -> None:
    _, child, task = await asked()
    child._receive(message(1, "failed", error=error_to_wire(RenderError("is broken"))))
    child._receive(message(2, "done", result={"loaded": True, "seconds": 0.5, "missing": []}))
    child.renewed(RENEWAL)
    assert child.ended is None
    child.lose("is gone", is_blameless=False)
    with pytest.raises(RenderError, match="is broken"):
        await task


async def test_a_blender_that_answers_a_cancelled_request_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    link, child, task = await asked()
    task.cancel()
    await asyncio.sleep(0)
    child._receive(message(1, "unknown"))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (link.orders, child.ended) == (["cancel"], None)
    monkeypatch.setattr(dask_child, "CANCEL_LIMIT", 0.0)
    link, child, task = await asked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert (link.orders, child.ended) == (["cancel", "kill"], "killed")
    with pytest.raises(WorkerError, match="has not stopped in 0 s"):
        await child.request("load")
