"""The requests of a pool, one function each: it takes the request's fields and returns the result's.

`async_render/pool/protocol.py` has the fields of each request, of its events and of its result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from ..kinds.open_file import open_file

Emit = Callable[[str, Mapping[str, Any]], None]
"""A function that sends an event of the request in work: its kind and its fields, without `event` and `id`."""

Action = Callable[[Mapping[str, Any], Emit], Awaitable[dict[str, Any]]]
"""A function that does a request. What it raises goes to the parent by `work/wire.py`."""


class _Loaded:
    """The file that is open, as the pool knows it."""

    key: str | None = None
    """The key of the content; None: no request has opened a file yet, or the last one failed."""


async def load(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Open a file, unless it is open already."""
    begin = perf_counter()
    is_new = request["key"] != _Loaded.key
    if is_new:
        _Loaded.key = None
        await open_file(request["file"], use_scripts=request["use_scripts"], discard=True)
        _Loaded.key = request["key"]
    return {"loaded": is_new, "seconds": perf_counter() - begin}


ACTIONS: Mapping[str, Action] = {"load": load}
"""The action of each request."""
