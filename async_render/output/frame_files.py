"""The files of all frames of a render, without a list of files: a timeline may have a million frames."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from unicodedata import normalize

from ..render.frame_list import FrameList

FEW = 1000
"""Frames whose files are asked for one by one. For more frames the folder is listed instead. To ask for a file takes
2 µs, and a hundred times as long on a disk of another computer."""

SAMPLES = (0, 1_111_111, 2_222_222, -1_111_111)
"""Frames whose paths show the pattern. The second and the third share no digit, and no frame has more digits. The minus
sign of the last shows where the number begins."""


@dataclass(frozen=True, slots=True)
class FilePattern:
    """The path of one view's file in every frame.

    Attributes:
        before: the path up to the number.
        width: least number of digits; None: the path has no number, as a movie's.
        after: the path behind the number.
    """

    before: str
    width: int | None
    after: str

    @classmethod
    def of(cls, zero: Path, ones: Path, twos: Path, minus: Path) -> FilePattern:
        """Return the pattern, from the paths of the frames `SAMPLES`."""
        if ones == twos:
            return cls(str(ones), None, "")
        before = same_begin(str(ones), str(minus))
        after = same_begin(str(ones)[::-1], str(twos)[::-1])[::-1]
        return cls(before, len(str(zero)) - len(before) - len(after), after)

    def path(self, frame: int) -> Path:
        """Return the file of a frame."""
        return Path(f"{self.before}{self._number(frame)}{self.after}")

    def _number(self, frame: int) -> str:
        return "" if self.width is None else digits_of(frame, self.width)

    def frames_in(self, folder: Iterable[os.DirEntry[str]]) -> Iterator[tuple[int, os.DirEntry[str]]]:
        """Yield the entries of a folder that may be a frame's file, with the frame. Some disks ignore case and accents
        in names."""
        before, after = _folded(os.path.basename(self.before)), _folded(self.after)
        for entry in folder:
            name = _folded(entry.name)
            if name.startswith(before) and name.endswith(after):
                number = name[len(before) : len(name) - len(after)]
                if _INTEGER.fullmatch(number) and number == self._number(int(number)):
                    yield int(number), entry


def digits_of(frame: int, width: int) -> str:
    """Return a frame's number as Blender writes it. The width does not count the sign: `BLI_path_frame` in
    source/blender/blenlib/intern/path_utils.cc."""
    return f"{'-' * (frame < 0)}{abs(frame):0{width}d}"


_INTEGER = re.compile(r"-?[0-9]{1,300}")
"""No file's name is longer, and Python reads no numbers of more than 4,300 digits."""


def same_begin(one: str, other: str) -> str:
    """Return what two texts begin with."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else normalize("NFC", name).casefold()


class FrameFiles(Mapping[int, tuple[Path, ...]]):
    """The files of each frame: one file, or one for each view. A path is composed when it is asked for.

    Attributes:
        frames: all frames.
        patterns: one pattern for each view.

    Example:
        >>> FrameFiles(FrameList([range(1, 4)]), [FilePattern("/out/f_", 4, ".png")])[2]
        (PosixPath('/out/f_0002.png'),)
    """

    def __init__(self, frames: FrameList, patterns: Iterable[FilePattern]) -> None:
        self.frames = frames
        self.patterns = tuple(patterns)

    def __getitem__(self, frame: int) -> tuple[Path, ...]:
        if frame not in self.frames:
            raise KeyError(frame)
        return tuple(pattern.path(frame) for pattern in self.patterns)

    def __iter__(self) -> Iterator[int]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def extremes(self) -> tuple[Path, ...]:
        """The files of the first and the last frame. No other name is longer, and no file is in another folder."""
        ends = dict.fromkeys((self.frames[0], self.frames[-1])) if self.frames else ()
        return tuple(dict.fromkeys(file for frame in ends for file in self[frame]))

    def of(self, frames: FrameList) -> FrameFiles:
        """Return the files of some of the frames."""
        return FrameFiles(frames, self.patterns)

    @property
    def _is_listed(self) -> bool:
        return len(self.frames) > FEW and all(pattern.width is not None for pattern in self.patterns)

    def begun(self) -> FrameList:
        """Return the frames that may have a file already, complete or not. All other frames have none.

        For many frames the folder is listed, which costs time for the files that exist and not for those that are
        missing.
        """
        if not self._is_listed:
            return self.frames
        return FrameList.of(sorted({frame for frame, _ in self._entries()}))

    def blocking_folder(self) -> Path | None:
        """Return a folder that has the name of a frame's file; None: there is none."""
        if self._is_listed:
            return next((Path(entry.path) for _, entry in self._entries(os.DirEntry.is_dir)), None)
        each = dict.fromkeys(file for frame in self.frames for file in self[frame])
        return next((file for file in each if file.is_dir()), None)

    def _entries(
        self, is_wanted: Callable[[os.DirEntry[str]], bool] | None = None
    ) -> Iterator[tuple[int, os.DirEntry[str]]]:
        """Yield the entries that have the name of a frame's file, with the frame; None: entries of every kind."""
        for pattern in self.patterns:
            with suppress(FileNotFoundError), os.scandir(os.path.dirname(pattern.before)) as entries:
                wanted = filter(is_wanted, entries)
                yield from (found for found in pattern.frames_in(wanted) if found[0] in self.frames)
