"""How far a render is: what its handlers told, put together."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter

from .frame_list import FrameList

RECENT = 20
"""How many frames the ETA looks back at: enough to be calm, few enough to follow a scene that becomes heavier."""

EARLIEST_FRACTION = 0.02
"""How much of the first frame has to be done before it is taken as a measure: the first samples wait for the scene."""

FRAME_FAILED = "frame_failed"
"""The name of the event that stands for `render_write` when the engine has failed in that frame."""

FRACTION = "frame_fraction"
"""The name of the event that tells how far Blender's job is with its frame; no handler is called so."""

_COUNT = re.compile(r"(?<!\d)(\d{1,9})\s?/\s?(\d{1,9})(?!\d)")


@dataclass(frozen=True, slots=True)
class JobEvent:
    """A render handler was called.

    Attributes:
        name: the handler's name.
        at: when, as `perf_counter` says.
        text: what `render_stats` told.
        fraction: of the frame, what `FRACTION` tells.
    """

    name: str
    at: float
    text: str = ""
    fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was rendered and written.

    Attributes:
        number: which one.
        files: its files; more than one with stereo. Of a movie, the movie.
        seconds: how long it took.
    """

    number: int
    files: tuple[Path, ...]
    seconds: float

    @property
    def path(self) -> Path:
        """Its file, or the first of them."""
        return self.files[0]


class Progress:
    """How far a render is. Read it at any time, on the main thread.

    Attributes:
        frames: all frames that shall be rendered, in order.
        done: those that are written.
        frame: the number of the frame that is rendered now; None before the first and after the last.
        sample: the sample (or tile) that the current frame is at; 0 when the engine does not tell, in windows of
            Blender 4.x, and in those of 5.x while an image editor shows the Render Result: see `fraction`.
        samples: how many it has; 0 when the engine does not tell.

    Example:
        >>> async with ar.render_frames(settings) as frames:
        ...     async for frame in frames:
        ...         print(frame.number, frame.path, f"{frames.progress.eta:.0f} s left")
    """

    def __init__(
        self,
        frames: Sequence[int],
        files: Mapping[int, Sequence[Path]],
        is_there: Callable[[int], bool] = lambda _frame: True,
    ) -> None:
        """Begin.

        Args:
            frames: all frames that shall be rendered, in order.
            files: the files of each.
            is_there: whether the files of a frame are written. Handlers do not tell which frame it is, and where files
                are not overwritten, Blender leaves out those that other computers have begun meanwhile.
        """
        self.frames = FrameList.of(frames)
        self.done: list[Frame] = []
        self.frame: int | None = None
        self.sample = 0
        self.samples = 0
        self._fraction = 0.0
        """What Blender's job tells: it comes first, since samples may not be heard any more."""
        self._job_fraction = self._fraction_before = 0.0
        self._files = files
        self._is_there = is_there
        self._next = 0
        self._done_in_order = 0
        self._begin = perf_counter()
        self._recent: deque[float] = deque(maxlen=RECENT)

    @property
    def fraction(self) -> float:
        """How much of the current frame is done, 0 to 1."""
        return self._fraction or (min(self.sample / self.samples, 1.0) if self.samples else 0.0)

    @property
    def eta(self) -> float | None:
        """Seconds until the last frame is written; None while there is nothing to tell it from."""
        return self.seconds_until(len(self.frames))

    def seconds_until(self, count: int) -> float | None:
        """Seconds until so many frames, the first ones, are written; None while there is nothing to tell it from."""
        left = count - self._next
        if left <= 0:
            return 0.0
        in_frame = perf_counter() - self._begin
        if self._recent:
            return max(fmean(self._recent) * left - in_frame, 0.0)
        if self.fraction < EARLIEST_FRACTION:
            return None
        return max(in_frame / self.fraction * left - in_frame, 0.0)

    @property
    def missing(self) -> int | None:
        """The first frame that is not done; None: all are."""
        return self.frames[self._done_in_order] if self._done_in_order < len(self.frames) else None

    def record(self, event: JobEvent) -> Frame | None:
        """Take in what a handler told.

        Returns:
            The frame, when one was written.
        """
        if event.name == "render_pre":
            self._begin_frame(event.at)
        elif event.name == "render_stats":
            self._record_samples(event.text)
        elif event.name == FRACTION:
            self._record_fraction(event.fraction)
        elif event.name == "render_write":
            return self._end_frame(event.at)
        return None

    def pass_frame(self, at: float) -> int | None:
        """Go on to the next frame, without this one being done.

        Args:
            at: when it was over, as `perf_counter` says.

        Returns:
            The frame that was passed; None: Blender has left all that were left out.
        """
        places = range(self._next, len(self.frames))
        place = next((place for place in places if self._is_there(self.frames[place])), None)
        if place is None:
            return None
        self._next = place + 1
        self._begin = at
        self.frame = None
        self._reset_frame()
        return self.frames[place]

    def _begin_frame(self, at: float) -> None:
        self.frame = self.frames[self._next] if self._next < len(self.frames) else None
        self._reset_frame()
        if not self.done:
            self._begin = at

    def _reset_frame(self) -> None:
        self.sample = self.samples = 0
        self._fraction = 0.0
        self._fraction_before = self._job_fraction

    def _record_fraction(self, fraction: float) -> None:
        """Blender has that of the frame before, which may have grown, until the next one has its first sample."""
        self._job_fraction = fraction
        is_of_the_frame_before = not self._fraction and fraction > self._fraction_before > 0
        if self.frame is not None and not is_of_the_frame_before:
            self._fraction = fraction

    def _record_samples(self, text: str) -> None:
        """The words around the numbers are in the user's language; the last pair counts samples, or tiles."""
        found = _COUNT.findall(text)
        if found and self.frame is not None:
            self.sample, self.samples = (int(number) for number in found[-1])

    def _end_frame(self, at: float) -> Frame | None:
        seconds = at - self._begin
        number = self.pass_frame(at)
        if number is None:
            return None
        frame = Frame(number, tuple(self._files[number]), seconds)
        self._recent.append(seconds)
        self.done.append(frame)
        self._done_in_order += self.missing == number
        return frame
