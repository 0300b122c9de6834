"""What the panel and `queue` tell of a render, from its request to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ...render.activity import Activity, Kind, State, activities
from ...render.errors import RenderCancelled


@contextmanager
def shown(name: str) -> Iterator[Activity]:
    """Show a render of the current task until the `with` block is left, and how that ended.

    Args:
        name: what the user calls it.
    """
    task = asyncio.current_task()
    activity = Activity(kind=Kind.RENDER, name=name, cancel=None if task is None else task.cancel)
    activities.add(activity)
    try:
        yield activity
    except asyncio.CancelledError:
        activities.end(activity, State.CANCELLED)
        raise
    except RenderCancelled as error:
        activities.end(activity, State.CANCELLED, error)
        raise
    except BaseException as error:
        activities.end(activity, State.FAILED, error)
        raise
    activities.end(activity, State.FINISHED)
