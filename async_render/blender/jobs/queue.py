"""The queue of renders: Blender renders one at a time, and calls wait for their turn in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from ...render.activity import Activity, Kind, activities
from ...render.task_activity import in_queue
from ..host.host import get_host
from .cancel import ENDED_BY_A_RENDER, jobs_gone


def queue() -> tuple[Activity, ...]:
    """Return the renders that run or wait for their turn, in that order; renders that the user started are not there.

    Returns:
        One `Activity` for each render: `name`, `state`, `progress` from 0 to 1, `eta` in seconds …

    Example:
        >>> for render in ar.queue():
        ...     print(render.name, render.state.value, f"{render.progress:.0%}")
    """
    return tuple(item for item in activities if item.kind is Kind.RENDER and not item.state.is_over)


@asynccontextmanager
async def render_turn(name: str, after: Collection[str] = ENDED_BY_A_RENDER) -> AsyncIterator[Activity]:
    """Wait in the queue, and hold Blender's one render for the `async with` block. The panel shows the activity.

    Args:
        name: the activity's name, for the user.
        after: the types of Blender's jobs that have to be gone first, also the user's.
    """
    with in_queue(name) as activity:
        async with render_lock(after):
            activities.start(activity)
            yield activity


@asynccontextmanager
async def render_lock(after: Collection[str] = ENDED_BY_A_RENDER) -> AsyncIterator[None]:
    """Hold Blender's one render for the `async with` block, without an activity.

    Args:
        after: the types of Blender's jobs that have to be gone first, also the user's: a render would end them.
    """
    async with get_host().render_lock:
        await jobs_gone(after)
        yield
