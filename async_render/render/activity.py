"""What is going on: the scripts and renders that wait, run, or have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path
from time import perf_counter
from traceback import TracebackException

KEEP_ENDED = 20
"""How many ended activities are remembered."""


class Kind(Enum):
    """What an activity is."""

    SCRIPT = "script"
    RENDER = "render"


class State(Enum):
    """Where an activity is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing will come any more."""
        return self not in {State.QUEUED, State.RUNNING}


@dataclass(frozen=True)
class Failure:
    """What is kept of an exception: texts. The exception itself would keep the locals of all its frames alive.

    Attributes:
        summary: its class and its message.
        text: its traceback, as it is printed.
        places: the file names and lines of the traceback, the innermost last.
    """

    summary: str
    text: str
    places: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return self.summary


def describe(error: BaseException) -> Failure:
    """Take from an exception what is kept of it."""
    described = TracebackException.from_exception(error)
    places = tuple((place.filename, place.lineno or 0) for place in described.stack)
    return Failure("".join(described.format_exception_only()).rstrip(), "".join(described.format()).rstrip(), places)


_numbers = count(1)


@dataclass(eq=False, kw_only=True)
class Activity:
    """A script or a render, from its request until somebody forgets it. All times are those of `perf_counter`.

    Attributes:
        kind: what it is.
        name: what the user calls it: the text, the scene.
        state: where it is in its life.
        frames_done: how many frames are written.
        frames_total: how many frames it has; 0 when it does not count in frames.
        frame: the frame that is rendered now.
        fraction: how far the current frame is, 0 to 1.
        eta: seconds that are left; None when that is not known.
        folder: where its files are.
        last_file: the newest of its files.
        error: what is kept of the exception that ended it.
        cancel: asks it to end; None when it cannot be asked.
        is_cancelling: whether the user has asked it, and it has not ended yet.
        number: what a button knows it by.
    """

    kind: Kind
    name: str
    state: State = State.QUEUED
    frames_done: int = 0
    frames_total: int = 0
    frame: int | None = None
    fraction: float = 0.0
    eta: float | None = None
    folder: Path | None = None
    last_file: Path | None = None
    error: Failure | None = None
    cancel: Callable[[], object] | None = None
    is_cancelling: bool = False
    number: int = field(default_factory=_numbers.__next__, init=False)
    queued_at: float = field(default_factory=perf_counter)
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has run until now, or until it ended."""
        if self.started_at is None:
            return 0.0
        return (self.ended_at or perf_counter()) - self.started_at

    @property
    def progress(self) -> float:
        """How much of it is done, 0 to 1."""
        if self.state is State.FINISHED:
            return 1.0
        return min((self.frames_done + self.fraction) / self.frames_total, 1.0) if self.frames_total else 0.0


class Activities:
    """All activities, oldest first. Used on the main thread only.

    Attributes:
        version: grows with each change, so that whoever shows them knows when to look again.
        watchers: are called after each change.
        describe: takes from an exception what is kept of it.
    """

    def __init__(self) -> None:
        self._all: list[Activity] = []
        self.version = 0
        self.watchers: list[Callable[[], object]] = []
        self.describe = describe

    def __iter__(self) -> Iterator[Activity]:
        return iter(tuple(self._all))

    def add(self, activity: Activity) -> Activity:
        """A new one."""
        self._all.append(activity)
        ended = [item for item in self._all if item.state.is_over]
        for item in ended[:-KEEP_ENDED]:
            self._all.remove(item)
        self.changed()
        return activity

    def start(self, activity: Activity) -> None:
        """It runs now."""
        activity.state = State.RUNNING
        activity.started_at = perf_counter()
        self.changed()

    def end(self, activity: Activity, state: State, error: BaseException | None = None) -> None:
        """It is over."""
        activity.state = state
        activity.error = None if error is None else self.describe(error)
        activity.ended_at = perf_counter()
        activity.cancel = None
        activity.is_cancelling = False
        self.changed()

    def cancel(self, activity: Activity, *, again: bool = False) -> bool:
        """Ask an activity to end, for the user.

        Args:
            activity: the script or render.
            again: whether an activity that is ending already is asked once more. That breaks off its cleanup: a task
                that is cancelled a second time leaves the `await` in its `finally`.

        Returns:
            Whether the activity can be asked.
        """
        if activity.cancel is None:
            return False
        if activity.is_cancelling and not again:
            return True
        activity.is_cancelling = True
        self.changed()
        activity.cancel()
        return True

    def changed(self) -> None:
        """To be called after any attribute of an activity was set."""
        self.version += 1
        for watcher in tuple(self.watchers):
            watcher()

    def forget_ended(self) -> None:
        """Keep those that wait or run."""
        self._all = [item for item in self._all if not item.state.is_over]
        self.changed()


activities = Activities()
"""Those of this Blender."""

current_script: ContextVar[Activity | None] = ContextVar("async_render_script", default=None)
"""The script that the running code belongs to; tasks that a script starts inherit it."""

starting_text: ContextVar[Activity | None] = ContextVar("async_render_text", default=None)
"""Of the text that is being started; the first script that it starts with `ar.run` takes it over."""
