"""Activities for the panel."""

from __future__ import annotations

from pathlib import Path  # noqa: F401 - for the statements that the test sends
from typing import Any

from async_render.render.activity import Activity, Kind, State, activities


def add(kind: str, name: str, state: str, **values: Any) -> Activity:
    activity = activities.add(Activity(kind=Kind[kind], name=name, **values))
    if state != "QUEUED":
        activities.start(activity)
    if state not in ("QUEUED", "RUNNING"):
        activities.end(activity, State[state], values.get("error"))
    return activity


def cancelled() -> None:
    raise AssertionError("nobody has pressed this button")
