"""The progress of a render, computed from the events of its job."""

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
"""Frames whose times count for the ETA. So many make the ETA steady, and it still follows a scene that becomes slower.
"""

EARLIEST_FRACTION = 0.02
"""Part of the first frame, 0 to 1, from which on the first frame counts for the ETA. The first samples wait for the
scene."""

FRAME_FAILED = "frame_failed"
"""The name of the event that replaces `render_write` when the engine failed in the frame."""

FRACTION = "frame_fraction"
"""The name of the event that has the fraction of the frame from Blender's job. No handler has this name."""

_COUNT = re.compile(r"(?<!\d)(\d{1,9})\s?/\s?(\d{1,9})(?!\d)")


@dataclass(frozen=True, slots=True)
class JobEvent:
    """A call of a render handler.

    Attributes:
        name: the handler's name.
        at: seconds of `time.perf_counter`.
        text: the text of `render_stats`.
        fraction: part of the frame that is done, 0 to 1, of `FRACTION`.
    """

    name: str
    at: float
    text: str = ""
    fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was rendered and written.

    Attributes:
        number: the frame's number.
        files: its absolute paths; more than one with stereo; of a movie, the movie.
        seconds: seconds that the frame took.

    Example:
        >>> async with ar.render_frames(filepath="//out/####") as frames:
        ...     async for frame in frames:
        ...         print(frame.number, frame.path, f"{frame.seconds:.1f} s")
    """

    number: int
    files: tuple[Path, ...]
    seconds: float

    @property
    def path(self) -> Path:
        """The frame's file, or the first of its files.

        Example:
            >>> ar.Frame(7, (Path("out/0007.png"),), seconds=2.5).path.name
            '0007.png'
        """
        return self.files[0]


class Progress:
    """The progress of a render. Read it at any time, on the main thread.

    Attributes:
        frames: all frames of the render, in order.
        done: the frames that are written.
        frame: the number of the frame that is rendered now; None: before the first frame, and after the last.
        sample: the number of the current sample (or tile); see also `fraction`. 0: the engine does not report samples,
            or Blender does not tell them: in windows of 4.x, and of 5.x while an image editor shows the Render Result.
        samples: the number of samples of the frame; 0: the engine does not report it.

    Example:
        >>> async with ar.render_frames(filepath="//out/####") as frames:
        ...     async for frame in frames:
        ...         print(frame.number, frame.path, f"{frames.progress.eta:.0f} s left")
    """

    def __init__(
        self,
        frames: Sequence[int],
        files: Mapping[int, Sequence[Path]],
        is_there: Callable[[int], bool] = lambda _frame: True,
    ) -> None:
        """Create the progress of a render that starts now.

        Args:
            frames: all frames of the render, in order.
            files: the files of each frame.
            is_there: whether the files of a frame are written. Handlers do not say which frame they are called for.
                Where files are not overwritten, Blender leaves out the frames that other computers have begun
                meanwhile.
        """
        self.frames = FrameList.of(frames)
        self.done: list[Frame] = []
        self.frame: int | None = None
        self.sample = 0
        self.samples = 0
        self._fraction = 0.0
        """The fraction that Blender's job reports. The fraction counts before the samples, which may stop."""
        self._job_fraction = self._fraction_before = 0.0
        self._files = files
        self._is_there = is_there
        self._next = 0
        self._done_in_order = 0
        self._begin = perf_counter()
        self._recent: deque[float] = deque(maxlen=RECENT)

    def __repr__(self) -> str:
        left = "" if self.eta is None else f", {self.eta:.0f} s left"
        return f"Progress({len(self.done)} of {len(self.frames)} frames, frame={self.frame}{left})"

    @property
    def fraction(self) -> float:
        """Part of the current frame that is done, 0 to 1.

        Example:
            >>> ar.Progress(range(1, 5), {}).fraction
            0.0
        """
        return self._fraction or (min(self.sample / self.samples, 1.0) if self.samples else 0.0)

    @property
    def eta(self) -> float | None:
        """Seconds until the last frame is written; None: not known yet.

        Example:
            >>> print(ar.Progress(range(1, 5), {}).eta)
            None
        """
        return self.seconds_until(len(self.frames))

    def seconds_until(self, count: int) -> float | None:
        """Return the seconds until the first frames are written; None: not known yet.

        Args:
            count: number of these frames.

        Example:
            >>> print(ar.Progress(range(1, 5), {}).seconds_until(2))
            None
        """
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
        """The first frame that is not done; None: all frames are done.

        Example:
            >>> ar.Progress(range(1, 5), {}).missing
            1
        """
        return self.frames[self._done_in_order] if self._done_in_order < len(self.frames) else None

    def record(self, event: JobEvent) -> Frame | None:
        """Record an event of the job. The render calls this method.

        Args:
            event: the call of a handler.

        Returns:
            The frame, when the event says that a frame was written.

        Example:
            >>> from async_render.render.progress import JobEvent
            >>> progress = ar.Progress([7], {7: [Path("0007.png")]})
            >>> progress.record(JobEvent("render_pre", at=10.0))
            >>> progress.record(JobEvent("render_write", at=12.5)).seconds
            2.5
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
        """Go on to the next frame, although this frame is not done. The render calls this method.

        Args:
            at: end of this frame, in seconds of `time.perf_counter`.

        Returns:
            The frame that was passed; None: Blender has passed all frames that were left.

        Example:
            >>> ar.Progress(range(1, 5), {}).pass_frame(10.0)
            1
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
        """Record a fraction, unless it is the previous frame's.

        Until the next frame has its first sample, Blender still has the previous frame's fraction, which may have
        grown.
        """
        self._job_fraction = fraction
        is_of_the_frame_before = not self._fraction and fraction > self._fraction_before > 0
        if self.frame is not None and not is_of_the_frame_before:
            self._fraction = fraction

    def _record_samples(self, text: str) -> None:
        """Record the samples of a text. The last pair of numbers counts samples, or tiles: the words are in the user's
        language."""
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
