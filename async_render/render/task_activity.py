"""The activity of a task that renders: shown from its request to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from .activity import Activity, Kind, State, activities, current_script
from .errors import RenderCancelled


@contextmanager
def in_queue(name: str) -> Iterator[Activity]:
    """Show an activity of the current task until the `with` block ends, and then how the block ended.

    Args:
        name: the activity's name, for the user.
    """
    task = asyncio.current_task()
    script = current_script.get()
    activity = Activity(
        kind=Kind.RENDER,
        name=name,
        script=None if script is None else script.number,
        cancel=None if task is None else task.cancel,
    )
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
