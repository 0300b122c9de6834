"""The renders that run and wait."""

from __future__ import annotations

from ...render.activity import Activity, Kind, activities


def queue() -> tuple[Activity, ...]:
    """The renders that run or wait for their turn, in that order. Those that the user started are not among them.

    Example:
        >>> for render in ar.queue():
        ...     print(render.name, render.state.value, f"{render.progress:.0%}")
    """
    return tuple(item for item in activities if item.kind is Kind.RENDER and not item.state.is_over)
