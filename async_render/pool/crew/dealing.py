"""Which frames go to which worker: chunks that shrink to one frame, the longest known frames first.

A worker that asks gets a chunk of frames. Guided self-scheduling bounds the chunk by a share of the frames that are
left. So the last frames go out one by one, and no worker waits long at the end. Another bound is time: a chunk of long
frames has one frame. A frame belongs to one worker at a time.

A frame in which a worker died, or that raised, is a suspect. Suspects go out alone, and after all other frames. So a
frame that ends every worker costs `tries` workers, and no other frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from math import ceil, log2
from statistics import fmean

from ...render.frame_list import FrameList

CHUNK_SECONDS = 3.0
"""Seconds that a chunk takes at most, if frames go on as before: a request costs about 0.05 s, and a second call waits
this long for a worker."""

LEAST_SECONDS = 0.2
"""Seconds that a chunk of short frames takes at least, where enough frames are left: a request costs up to 0.02 s on a
cluster, beside the render job for a range of frames. At the end a worker waits this long for another one at most."""

SHARE = 2
"""The chunks that the frames which are left would make for each worker: half of the frames stay for shorter chunks."""

RECENT = 20
"""Number of frames whose times tell how long the next ones take."""

FAILURES_IN_A_ROW = 12
"""Number of frames that fail without a success between them, at which the rest is not tried: a disk is full, or a
device is broken."""

RANGE_SECONDS = 0.03
"""Seconds that a worker needs for a range of frames beside its frames: each range is a render job of Blender's."""

ASSUMED = float("inf")
"""Seconds of a frame that was never rendered: it may be the longest."""


class Dealing:
    """The frames of one call, while they are dealt out.

    Attributes:
        frames: all frames.
        seconds: seconds of each frame that is done, in the order in which frames were done.
        given_up: the frames that nobody renders any more, each with its last error.

    Example:
        >>> dealing = Dealing(FrameList([range(1, 9)]), workers=2)
        >>> dealing.take(0)
        FrameList([range(1, 2)])
    """

    def __init__(
        self,
        frames: FrameList,
        *,
        workers: int,
        tries: int = 3,
        known: Mapping[int, float] | None = None,
        in_order: bool = False,
    ) -> None:
        """Create the dealing of a call.

        Args:
            frames: all frames.
            workers: number of workers that take part.
            tries: how often a frame is tried before it is given up.
            known: seconds that frames took in an earlier call. The longest go out first.
            in_order: whether one worker renders all frames, from the first to the last, as a simulation needs it.
        """
        self.frames = frames
        self.seconds: dict[int, float] = {}
        self.given_up: dict[int, Exception] = {}
        self._workers = max(workers, 1)
        self._tries = tries
        self._in_order = in_order
        self._waiting = deque(frames.ranges if in_order else _longest_first(frames, known or {}))
        self._waiting_count = len(frames)
        self._owned: dict[int, dict[int, None]] = {}
        self._suspects: deque[int] = deque()
        self._failures: dict[int, int] = {}
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._in_a_row = 0

    @property
    def is_over(self) -> bool:
        """Whether each frame is done or given up, and no worker has one."""
        return not self._waiting and not self._suspects and not self._owned

    @property
    def has_more(self) -> bool:
        """Whether a worker that asks now gets frames."""
        return bool(self._waiting or self._suspects) and not (self._in_order and self._owned)

    def take(self, worker: int) -> FrameList:
        """Give frames to a worker that has none. An empty list: there are none for it now."""
        assert worker not in self._owned, f"worker {worker} has frames already"
        if not self.has_more:
            return FrameList()
        taken = self._next(self._chunk_size()) if self._waiting else [self._suspects.popleft()]
        chunk = FrameList.of(sorted(taken))
        self._owned[worker] = dict.fromkeys(chunk)
        return chunk

    def done(self, worker: int, frame: int, seconds: float) -> bool:
        """Record that a worker has written a frame.

        Returns:
            Whether the frame is done for the first time: a simulation that begins again writes frames a second time.
        """
        self._owned.get(worker, {}).pop(frame, None)
        self._in_a_row = 0
        self._recent.append(seconds)
        is_new = frame not in self.seconds and frame in self.frames
        if is_new:
            self.seconds[frame] = seconds
        return is_new

    def finished(self, worker: int) -> FrameList:
        """Record that a worker has done with its chunk.

        Returns:
            The frames of the chunk that are not done: the worker has left them out. They are the caller's.
        """
        return FrameList.of(tuple(self._owned.pop(worker, {})))

    def give_back(self, worker: int) -> None:
        """Take back a worker's frames without blame: the worker was ended for another reason than its frames."""
        self._put_back(self._owned.pop(worker, {}))

    def failed(self, worker: int, error: Exception, at: int | None = None) -> bool:
        """Record that a worker died, or that a frame raised. Its frames go to other workers.

        Args:
            worker: the worker.
            error: what is raised when the frame is given up.
            at: the frame in which it happened; None: not known, so the first frame that is not done.

        Returns:
            Whether a frame is given up now.
        """
        owned = self._owned.pop(worker, {})
        if not owned:
            return False
        frame = at if at in owned else next(iter(owned))
        assert frame is not None
        self._in_a_row += 1
        self._failures[frame] = self._failures.get(frame, 0) + 1
        if self._in_order:
            return self._begin_again(frame, error)
        del owned[frame]
        self._put_back(owned)
        if self._failures[frame] < self._tries:
            self._suspects.append(frame)
        else:
            self.given_up[frame] = error
        if self._in_a_row >= FAILURES_IN_A_ROW:
            self.stop(error)
        return frame in self.given_up

    def stop(self, error: Exception) -> None:
        """Give up all frames that no worker has."""
        for piece in self._waiting:
            self.given_up.update(dict.fromkeys(piece, error))
        self.given_up.update(dict.fromkeys(self._suspects, error))
        self._waiting.clear()
        self._waiting_count = 0
        self._suspects.clear()

    def _begin_again(self, frame: int, error: Exception) -> bool:
        """Let the next worker begin with the first frame: a simulation has no state in its middle."""
        if self._failures[frame] >= self._tries:
            self.given_up.update({frame: error for frame in self.frames if frame not in self.seconds})
            return True
        self._put_back(self.frames)
        return False

    def _chunk_size(self) -> int:
        if self._in_order:
            return self._waiting_count
        if not self._recent:
            return 1
        each, workers = max(fmean(self._recent), 1e-6), self._workers
        guided = ceil(self._waiting_count / (SHARE * workers))
        least = min(int(LEAST_SECONDS / each), ceil(self._waiting_count / workers))
        return max(min(max(guided, least), int(CHUNK_SECONDS / each)), 1)

    def _next(self, count: int) -> list[int]:
        """Take frames from the front of those that wait."""
        taken: list[int] = []
        while self._waiting and len(taken) < count:
            piece = self._waiting.popleft()
            part, rest = piece[: count - len(taken)], piece[count - len(taken) :]
            taken += part
            if rest:
                self._waiting.appendleft(rest)
        self._waiting_count -= len(taken)
        return taken

    def _put_back(self, frames: Collection[int]) -> None:
        self._waiting.extendleft(reversed(FrameList.of(tuple(frames)).ranges))
        self._waiting_count += len(frames)


def _longest_first(frames: FrameList, known: Mapping[int, float]) -> Iterable[range]:
    """Return the frames as ranges, the longest first. Frames of like length stay together, in order.

    Like are frames of which none takes twice as long as another one. A frame that was never rendered is taken for one
    of the longest. Short frames stay in their order: more ranges would cost more than a worker that waits at the end.
    """
    longest = max((known[frame] for frame in frames if frame in known), default=0.0) if known else 0.0
    if longest <= 0:
        return frames.ranges
    alike: dict[int, list[int]] = {}
    for frame in frames:
        seconds = min(known.get(frame, ASSUMED), longest)
        alike.setdefault(int(log2(longest / max(seconds, longest / 1024))), []).append(frame)
    pieces = [piece for group in sorted(alike) for piece in FrameList.of(alike[group]).ranges]
    return pieces if len(pieces) * RANGE_SECONDS < longest else frames.ranges
