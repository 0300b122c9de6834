"""Numbered files of a folder as sequences, and the numbers that a sequence lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..render.frame_list import FrameList
from ..render.frames import frame_list

_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>-?[0-9]{1,9})(?P<after>[^0-9]*)", re.DOTALL)
"""A name whose last number is a frame. Digits of a suffix, as in `.jp2`, are cut off before."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """The files of one name whose last number counts frames.

    Attributes:
        name: the name, with one `#` for each digit of the number.
        frames: the frames that have files.
    """

    name: str
    frames: FrameList

    def missing(self, expected: str | None = None) -> FrameList:
        """Return the frames that have no file.

        Args:
            expected: the frames that should be there, as `RenderSettings.frames` takes them; None: all between the
                first and the last that have a file.
        """
        first, last = self.frames[0], self.frames[-1]
        wanted = FrameList([range(first, last + 1)]) if expected is None else frame_list(expected, first, last)
        return wanted.without(self.frames)


def sequences(names: Iterable[str]) -> list[Sequence]:
    """Return the sequences among the names of a folder's files, by name.

    Example:
        >>> [(found.name, list(found.missing())) for found in sequences(["a_01.png", "a_02.png", "a_04.png", "b.png"])]
        [('a_##.png', [3])]
    """
    found: dict[str, set[int]] = defaultdict(set)
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        match = _NUMBERED.fullmatch(stem if dot else suffix)
        if match is not None:
            digits = "#" * len(match["number"].removeprefix("-"))
            found[f"{match['before']}{digits}{match['after']}{dot}{suffix if dot else ''}"].add(int(match["number"]))
    return [Sequence(name, FrameList.of(sorted(frames))) for name, frames in sorted(found.items())]
