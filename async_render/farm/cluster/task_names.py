"""What a farm's tasks are called in Dask, whose dashboard shows them by that name."""

from __future__ import annotations

LONGEST = 60
"""Characters of a name. A chunk of frames in no order may have thousands."""

MOST_NAMES = 1000
"""Number of names of one farm. Scheduler and workers keep what they measure of each name, and never forget a name
(distributed 2026.8): some kilobytes each. Later tasks are called by their kind alone, as `frames`."""

DASH = "–"
"""The sign between the first and the last frame: a name ends for Dask at the first hyphen."""


class TaskNames:
    """The keys of a farm's tasks.

    Example:
        >>> TaskNames().key("frames", "1-10", "post", 7)
        'frames 1–10-7-post'
    """

    def __init__(self) -> None:
        self._names: set[str] = set()

    def key(self, do: str, frames: str | None, post: str, number: int) -> str:
        """Return the key of a task, which no other task has.

        Args:
            do: what the task does.
            frames: its frames; None: it renders none.
            post: the Blender that does it.
            number: the request's number there.
        """
        if frames is None:
            return f"{do}-{number}-{post}"
        shown = frames.replace("-", DASH)
        if len(shown) > LONGEST:
            shown = f"{shown[:LONGEST]}…"
        name = f"{do} {shown}"
        if name in self._names or len(self._names) < MOST_NAMES:
            self._names.add(name)
            return f"{name}-{number}-{post}"
        return f"{do}-{number}-{post} {shown}"
