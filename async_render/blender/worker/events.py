"""The events of a request, from its action to the parent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ...render.progress import Progress

Emit = Callable[[str, Mapping[str, Any]], None]
"""A function that sends an event of the request in work: its kind and its fields, without `event` and `id`."""

Action = Callable[[Mapping[str, Any], Emit], Awaitable[dict[str, Any]]]
"""A function that does a request. What it raises goes to the parent by `work/wire.py`."""


def progress_events(emit: Emit) -> Callable[[Progress], None]:
    """Return a function that sends how far the frame in work is."""

    def show(progress: Progress) -> None:
        if progress.frame is not None:
            emit("progress", {"number": progress.frame, "fraction": progress.fraction})

    return show
