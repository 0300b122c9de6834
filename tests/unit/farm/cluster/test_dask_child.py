"""What a Blender far away says, when messages are lost on their way."""

from __future__ import annotations

import json
from typing import Any

from async_render.farm.cluster.dask_child import DaskChild


def message(count: int) -> dict[str, Any]:
    return {"count": count, "said": json.dumps({"kind": "event", "number": 7})}


async def test_what_comes_after_a_lost_message_waits_for_the_renewal_that_brings_both() -> None:
    link: Any = None
    child = DaskChild(link, "tcp://a", "worker 1")
    child._receive(message(2))
    assert child._received == 0
    child._receive(message(1))
    assert child._received == 1
    renewal: dict[str, Any] = {"running": [], "ended": None, "memory": 5, "log": []}
    child.renewed({"messages": [message(1), message(2), message(3)], **renewal})
    child._receive(message(2))
    assert (child._received, child.memory) == (3, 5)
