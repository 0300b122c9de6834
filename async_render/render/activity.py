"""Activities: the scripts and renders that wait, run, or have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path
from time import perf_counter
from traceback import TracebackException

from .printed_lines import PrintedLines

KEEP_ENDED = 20
"""Number of ended activities that stay in the list, and of failed ones beside them: many successes must not push a
failure out before the user has seen it."""


class Kind(Enum):
    """The kind of an activity."""

    SCRIPT = "script"
    RENDER = "render"


class State(Enum):
    """The state of an activity.

    Example:
        >>> [render.name for render in ar.queue() if render.state is ar.State.QUEUED]
        []
    """

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the activity has ended, in any way.

        Example:
            >>> [state.value for state in ar.State if state.is_over]
            ['finished', 'cancelled', 'failed']
        """
        return self not in {State.QUEUED, State.RUNNING}


@dataclass(frozen=True)
class Failure:
    """The texts of an exception. The exception itself would keep the locals of all its frames alive.

    Attributes:
        summary: the exception's class and message.
        text: the traceback, as Python prints it.
        places: file name and line of each traceback entry, the innermost last.
        headline: the exception in one line, which begins with the user's line: `shot.py, line 12: RenderError: …`.
        short_text: the headline, and the lines that led there without those of this package.
    """

    summary: str
    text: str
    places: tuple[tuple[str, int], ...] = ()
    headline: str = ""
    short_text: str = ""

    def __str__(self) -> str:
        return self.summary


def describe(error: BaseException) -> Failure:
    """Return the texts of an exception."""
    described = TracebackException.from_exception(error)
    places = tuple((place.filename, place.lineno or 0) for place in described.stack)
    return Failure("".join(described.format_exception_only()).rstrip(), "".join(described.format()).rstrip(), places)


_numbers = count(1)


@dataclass(eq=False, kw_only=True, repr=False)
class Activity:
    """A script or a render, from its request until it is removed from the list.

    All times are seconds of `time.perf_counter`. Read an activity on the main thread only.

    Attributes:
        kind: script or render.
        name: the name that the user knows: of the text, or of the scene.
        state: queued, running, finished, cancelled or failed.
        frames_done: number of frames that are written.
        frames_total: number of frames of the render; 0: the activity has no frames.
        frame: the frame that is rendered now; None: none is.
        fraction: part of the current frame that is done, 0 to 1.
        message: what a script says beside its progress.
        eta: seconds that are left; None: not known yet.
        folder: the folder of the files.
        last_file: the newest file.
        error: the texts of the exception that ended the activity.
        printed: the last lines that the script has printed.
        log: a function that returns the end of what the workers of a pool have printed; None: there are none.
        dashboard: the address of the page that shows what a farm does; None: there is none, or the render has ended.
        script: the number of the script that has asked for this render; None: no script has.
        cancel: a function that cancels the activity; None: the activity cannot be cancelled now.
        is_cancelling: whether the user has cancelled the activity, and it has not ended yet.
        number: a number that no other activity has; buttons of the panel find their activity by it.
        queued_at: time of the request.
        started_at: time of the start; None: it has not started.
        ended_at: time of the end; None: it has not ended.

    Example:
        >>> for activity in ar.queue():
        ...     print(activity.name, activity.state.value, f"{activity.progress:.0%}")
    """

    kind: Kind
    name: str
    state: State = State.QUEUED
    frames_done: int = 0
    frames_total: int = 0
    frame: int | None = None
    fraction: float = 0.0
    message: str = ""
    eta: float | None = None
    folder: Path | None = None
    last_file: Path | None = None
    error: Failure | None = None
    printed: PrintedLines = field(default_factory=PrintedLines, repr=False)
    log: Callable[[], str] | None = None
    dashboard: str | None = None
    script: int | None = None
    cancel: Callable[[], object] | None = None
    is_cancelling: bool = False
    number: int = field(default_factory=_numbers.__next__, init=False)
    queued_at: float = field(default_factory=perf_counter)
    started_at: float | None = None
    ended_at: float | None = None

    def __repr__(self) -> str:
        return f"Activity({self.kind.value} {self.name!r}, {self.state.value}, {self.progress:.0%})"

    @property
    def seconds(self) -> float:
        """Seconds that the activity has run, until now or until its end.

        Example:
            >>> [f"{activity.name}: {activity.seconds:.0f} s" for activity in ar.queue()]
            []
        """
        if self.started_at is None:
            return 0.0
        return (self.ended_at or perf_counter()) - self.started_at

    @property
    def progress(self) -> float:
        """Part of the activity that is done, 0 to 1. It is 0 while the number of frames is unknown.

        Example:
            >>> [activity.name for activity in ar.queue() if activity.progress > 0.9]
            []
        """
        if self.state is State.FINISHED:
            return 1.0
        return min((self.frames_done + self.fraction) / self.frames_total, 1.0) if self.frames_total else 0.0


class Activities:
    """The list of all activities, oldest first. Used on the main thread only.

    Attributes:
        version: a number that grows with each change: a view compares it to know whether to draw again.
        watchers: functions that are called after each change.
        describe: a function that returns the texts of an exception.
    """

    def __init__(self) -> None:
        self._all: list[Activity] = []
        self.version = 0
        self.watchers: list[Callable[[], object]] = []
        self.describe = describe

    def __iter__(self) -> Iterator[Activity]:
        return iter(tuple(self._all))

    def add(self, activity: Activity) -> Activity:
        """Add a new activity. The oldest ended activities are removed: `KEEP_ENDED` stay, and as many failed ones."""
        self._all.append(activity)
        failed = [item for item in self._all if item.state is State.FAILED]
        ended = [item for item in self._all if item.state.is_over and item.state is not State.FAILED]
        old = {*ended[:-KEEP_ENDED], *failed[:-KEEP_ENDED]}
        if old:
            self._all = [item for item in self._all if item not in old]
        self.changed()
        return activity

    def start(self, activity: Activity) -> None:
        """Record that the activity starts now."""
        activity.state = State.RUNNING
        activity.started_at = perf_counter()
        self.changed()

    def end(self, activity: Activity, state: State, error: BaseException | None = None) -> None:
        """Record that the activity has ended."""
        activity.state = state
        activity.error = None if error is None else self.describe(error)
        activity.ended_at = perf_counter()
        activity.cancel = None
        activity.is_cancelling = False
        self.changed()

    def cancel(self, activity: Activity, *, again: bool = False) -> bool:
        """Cancel an activity for the user.

        Args:
            activity: the script or render.
            again: whether an activity that is cancelling already is cancelled once more. A task that is cancelled a
                second time leaves the `await` in its `finally`, and so ends without its cleanup.

        Returns:
            Whether the activity could be cancelled.
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
        """Count a change, and call the watchers. Call this after setting an attribute of an activity."""
        self.version += 1
        for watcher in tuple(self.watchers):
            watcher()

    def forget_ended(self) -> None:
        """Remove the ended activities from the list."""
        self._all = [item for item in self._all if not item.state.is_over]
        self.changed()


activities = Activities()
"""The activities of this Blender."""

current_script: ContextVar[Activity | None] = ContextVar("async_render_script", default=None)
"""The script that the running code belongs to. Tasks that a script starts inherit this variable."""

starting_text: ContextVar[Activity | None] = ContextVar("async_render_text", default=None)
"""The activity of a text that is being started. The first script that the text starts with `ar.run` takes it over."""


def printing_script() -> Activity | None:
    """Return the script whose code is running; None: other code is.

    The first lines of a text belong to the text's activity, even when another script has started the text.
    """
    text = starting_text.get()
    if text is not None and text.state is State.QUEUED:
        return text
    return current_script.get() or text
