"""A list of frames as ranges. A timeline of a million frames costs no more than a short one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice
from operator import eq
from typing import overload


class FrameList(Sequence[int]):
    """Frames in ascending order, each once, kept as ranges.

    Attributes:
        ranges: as few ranges as the frames allow. Each range is one animation of Blender's, and stops just after its
            last frame.

    Example:
        >>> FrameList([range(1, 4), range(10, 31, 10)])[3]
        10
    """

    __slots__ = ("_counts", "ranges")

    def __init__(self, pieces: Iterable[range] = ()) -> None:
        """Create the list.

        Args:
            pieces: ranges with positive steps, in ascending order. Each range begins after the last frame of the one
                before.
        """
        self.ranges = tuple(_joined(pieces))
        self._counts = tuple(accumulate(map(len, self.ranges), initial=0))

    @classmethod
    def of(cls, frames: Iterable[int]) -> FrameList:
        """Return a list of these frames, which are in ascending order and each once."""
        if isinstance(frames, FrameList):
            return frames
        return cls(_consecutive_ranges(frames if isinstance(frames, Sequence) else tuple(frames)))

    def __len__(self) -> int:
        return self._counts[-1]

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...
    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        indices = range(len(self))[index]  # range knows negative indices, and raises IndexError
        if isinstance(indices, range):
            is_plain = indices.step == 1
            return tuple(islice(self, indices.start, indices.stop) if is_plain else map(self.__getitem__, indices))
        which = bisect_right(self._counts, indices) - 1
        return self.ranges[which][indices - self._counts[which]]

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.ranges)

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self._index(frame) is not None

    def index(self, frame: int, start: int = 0, stop: int | None = None) -> int:
        """Return the index of a frame in the list.

        Raises:
            ValueError: the frame is not in the list, or not between these indices.
        """
        index = self._index(frame)
        if index is None or index not in range(len(self))[start:stop]:
            raise ValueError(f"frame {frame} is not in the list")
        return index

    def _index(self, frame: int) -> int | None:
        which = bisect_right(self.ranges, frame, key=lambda item: item.start) - 1
        if which < 0 or frame not in self.ranges[which]:
            return None
        return self._counts[which] + self.ranges[which].index(frame)

    def without(self, frames: Iterable[int]) -> FrameList:
        """Return the list without some of its frames, which are given in ascending order.

        Example:
            >>> FrameList([range(1, 7)]).without([2, 3])
            FrameList([range(1, 2), range(4, 7)])
        """
        return FrameList(self._left(frames))

    def _left(self, frames: Iterable[int]) -> Iterator[range]:
        others = iter(frames)
        taken = next(others, None)
        for item in self.ranges:
            piece = item
            while piece and taken is not None and taken <= piece[-1]:
                if taken in piece:
                    index = piece.index(taken)
                    yield piece[:index]
                    piece = piece[index + 1 :]
                taken = next(others, None)
            yield piece

    def parted(self, marked: Iterable[int]) -> Iterator[tuple[range, bool]]:
        """Yield the ranges, cut where marked frames begin and end, each with whether its frames are marked.

        Args:
            marked: some of the frames, in ascending order.

        Example:
            >>> list(FrameList([range(1, 7)]).parted([2, 3]))
            [(range(1, 2), False), (range(2, 4), True), (range(4, 7), False)]
        """
        others = iter(marked)
        mark = next(others, None)
        for piece in self.ranges:
            begin = 0
            while begin < len(piece):
                index = end = len(piece) if mark is None or mark > piece[-1] else piece.index(mark)
                while end < len(piece) and piece[end] == mark:
                    end, mark = end + 1, next(others, None)
                yield from (
                    (part, is_marked)
                    for part, is_marked in ((piece[begin:index], False), (piece[index:end], True))
                    if part
                )
                begin = end

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrameList):
            return self.ranges == other.ranges
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __repr__(self) -> str:
        return f"FrameList({list(self.ranges)})"


def _joined(pieces: Iterable[range]) -> Iterator[range]:
    """Yield as few ranges as the frames of these pieces allow, from the first frame on."""
    joined = range(0)
    for piece in pieces:
        rest = piece
        while rest:
            if not joined:
                joined, rest = range(rest[0], rest[0] + 1), rest[1:]
            elif len(joined) > 1 and rest[0] - joined[-1] != joined.step:
                yield joined
                joined = range(0)
            else:
                step = rest[0] - joined[-1]
                taken = len(rest) if len(rest) == 1 or rest.step == step else 1
                joined, rest = range(joined[0], rest[taken - 1] + 1, step), rest[taken:]
    if joined:
        yield joined


def _consecutive_ranges(frames: Sequence[int]) -> Iterator[range]:
    """Yield ranges of consecutive frames, cut where a frame is left out.

    The end of a long range is found by bisection: most lists have few ranges.
    """
    begin = 0
    while begin < len(frames):
        end = begin + 1
        first = frames[begin] - begin
        if end < len(frames) and frames[end] - end == first:
            end += bisect_right(range(end, len(frames)), first, key=lambda index: frames[index] - index)
        yield range(frames[begin], frames[end - 1] + 1)
        begin = end
