"""The progress of a pool's call: many frames at a time, in any order. And its activity, which the panel shows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

from ..render.activity import Activity, Kind, State, activities, current_script
from ..render.progress import RECENT, Frame, Progress
from ..render.result import RenderResult
from ..render.task_activity import in_queue
from ..work.backend import Event, FrameEvent, PlanEvent, ProgressEvent, WarningEvent
from ..work.session import current_session


class PoolProgress(Progress):
    """The progress of a render by many workers. `frame` is the newest frame of those that are rendered.

    Attributes:
        workers: number of workers that render.
    """

    def __init__(self, plan: PlanEvent | None = None) -> None:
        super().__init__(() if plan is None else plan.frames, {})
        self.workers = 1 if plan is None else max(min(plan.workers, len(plan.frames)), 1)
        self._seconds: deque[float] = deque(maxlen=RECENT)
        self._fractions: dict[str, tuple[int | None, float]] = {}

    @property
    def fraction(self) -> float:
        """Part of the frames in work that is done, added up: with three workers 0 to 3."""
        return sum(fraction for _, fraction in self._fractions.values())

    @property
    def eta(self) -> float | None:
        """Seconds until the last frame is written; None: not known yet."""
        return self.seconds_until(len(self.frames))

    def seconds_until(self, count: int) -> float | None:
        """Return the seconds until so many frames are written; None: not known yet."""
        left = count - len(self.done)
        if left <= 0:
            return 0.0
        if not self._seconds:
            return None
        return max(left - self.fraction, 0.0) * fmean(self._seconds) / self.workers

    @property
    def missing(self) -> int | None:
        """The first frame that is not done; None: all frames are done."""
        done = {frame.number for frame in self.done}  # made anew: of 100,000 frames it has 5 MB, and few ask
        return next((frame for frame in self.frames if frame not in done), None)

    def follow(self, event: FrameEvent | ProgressEvent) -> Frame | None:
        """Record an event of a worker. Returns the frame, when it is written."""
        if isinstance(event, ProgressEvent):
            self._fractions[event.worker] = (event.number, event.fraction)
            self.frame = event.number
            return None
        self._fractions.pop(event.worker, None)
        frame = Frame(event.number, event.files, event.seconds)
        self._seconds.append(event.seconds)
        self.done.append(frame)
        return frame


class Shown:
    """A call of a pool, as its caller and the panel see it.

    Attributes:
        progress: how far the call is.
    """

    def __init__(self, activity: Activity) -> None:
        self.progress = PoolProgress()
        self._activity = activity
        self._is_listed = activity in set(activities)

    def follow(self, event: Event) -> Frame | None:
        """Record an event, and show it. Returns the frame, when one is written."""
        activity, frame = self._activity, None
        if isinstance(event, PlanEvent):
            self.progress = PoolProgress(event)
            activity.frames_total, activity.folder = len(event.frames), event.folder
            activity.message = f"× {self.progress.workers}"
            self._log(f"{len(event.frames)} frames, {self.progress.workers} workers, {event.folder}")
            self._show()
            return None
        if isinstance(event, WarningEvent):
            self._log(f"{event.worker}: {event.message}" if event.worker else event.message)
        if isinstance(event, FrameEvent | ProgressEvent):
            frame = self.progress.follow(event)
        progress = self.progress
        activity.frames_done, activity.frame = len(progress.done), progress.frame
        activity.fraction, activity.eta = progress.fraction, progress.eta
        if frame is not None and isinstance(event, FrameEvent):
            activity.last_file = event.files[0] if event.files else None
            self._log(f"{event.worker}: frame {frame.number}, {frame.seconds:.2f} s")
        self._show()
        return frame

    def begin(self) -> None:
        """Show that the call runs."""
        if self._is_listed:
            activities.start(self._activity)

    def end(self, file: Path | None) -> None:
        """Show the last file of the result."""
        if file is not None:
            self._activity.last_file, self._activity.folder = file, file.parent

    def keep_log(self, log: Callable[[], str]) -> None:
        """Keep the end of what the workers have printed, for later: the pool removes its logs, and a farm its page."""
        text = log() if self._is_listed else ""
        self._activity.log = (lambda: text) if text else None
        self._activity.dashboard = None

    def _log(self, line: str) -> None:
        """Add a line to what *Show Output* opens."""
        if self._is_listed:
            self._activity.printed.write(f"{line}\n")

    def _show(self) -> None:
        if self._is_listed:
            activities.changed()


@contextmanager
def shown(name: str, log: Callable[[], str] = str, dashboard: str | None = None) -> Iterator[Shown]:
    """Show a call inside the `with` block. Only the main thread has activities.

    Args:
        name: the activity's name.
        log: returns the end of what the workers have printed.
        dashboard: the address of the page that shows what they do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Shown(Activity(kind=Kind.RENDER, name=name))
        return
    with in_queue(name) as activity:
        activity.log, activity.dashboard = log, dashboard
        show = Shown(activity)
        try:
            yield show
        finally:
            show.keep_log(log)


def submitted(
    name: str,
    log: Callable[[], str],
    submit: Callable[[Callable[[Event], None]], Future[RenderResult]],
    dashboard: str | None = None,
) -> Future[RenderResult]:
    """Submit a call that no coroutine awaits, and show it where a window turns by itself.

    Events and the end come on the pool's thread, and are shown on the main thread.

    Args:
        name: the activity's name.
        log: returns the end of what the workers have printed.
        submit: gives the call's work to the backend, with a function that gets its events.
        dashboard: the address of the page that shows what they do.
    """
    session = current_session() if threading.current_thread() is threading.main_thread() else None
    script = current_script.get()
    number = None if script is None else script.number
    activity = Activity(kind=Kind.RENDER, name=name, log=log, dashboard=dashboard, script=number)
    if session is None or not session.call_soon(lambda: None):
        return submit(lambda _: None)
    activities.add(activity)
    show = Shown(activity)

    def emit(event: Event) -> None:
        session.call_soon(lambda: show.follow(event))

    try:
        future = submit(emit)
    except BaseException as error:
        activities.end(activity, State.FAILED, error)
        raise
    activity.cancel = future.cancel
    show.begin()
    future.add_done_callback(lambda _: session.call_soon(lambda: _end(activity, show, log, future)))
    return future


def _end(activity: Activity, show: Shown, log: Callable[[], str], future: Future[RenderResult]) -> None:
    """Show how a call has ended."""
    show.keep_log(log)
    if future.cancelled():
        activities.end(activity, State.CANCELLED)
    elif (error := future.exception()) is not None:
        activities.end(activity, State.FAILED, error)
    else:
        files = future.result().files
        show.end(files[-1] if files else None)
        activities.end(activity, State.FINISHED)
