"""The files of all frames of a render, without a list of them: a timeline may have a million frames."""

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
"""Frames whose files are looked at one by one. Of more, the folder is listed: a look takes 2 µs, and a hundred times
that on a disk of another computer."""

SAMPLES = (0, 1_111_111, 2_222_222, -1_111_111)
"""Frames whose paths tell the pattern. The second and the third share no digit, and no frame has more; a minus tells
where the number begins."""


@dataclass(frozen=True, slots=True)
class FilePattern:
    """The path of a view's file in every frame.

    Attributes:
        before: the path up to the number.
        width: digits that the number has at least; None: there is none, as in the name of a movie.
        after: what follows the number.
    """

    before: str
    width: int | None
    after: str

    @classmethod
    def of(cls, zero: Path, ones: Path, twos: Path, minus: Path) -> FilePattern:
        """The pattern of the paths of the frames `SAMPLES`."""
        if ones == twos:
            return cls(str(ones), None, "")
        before = _same_begin(str(ones), str(minus))
        after = _same_begin(str(ones)[::-1], str(twos)[::-1])[::-1]
        return cls(before, len(str(zero)) - len(before) - len(after), after)

    def path(self, frame: int) -> Path:
        """The file of a frame."""
        return Path(f"{self.before}{self._number(frame)}{self.after}")

    def _number(self, frame: int) -> str:
        """As Blender writes it, whose width counts no sign: `BLI_path_frame` in blenlib/intern/path_utils.cc."""
        return "" if self.width is None else f"{'-' * (frame < 0)}{abs(frame):0{self.width}d}"

    def frames_in(self, folder: Iterable[os.DirEntry[str]]) -> Iterator[tuple[int, os.DirEntry[str]]]:
        """The entries of its folder that may be a frame's file. Some disks take no account of case and accents."""
        before, after = _folded(os.path.basename(self.before)), _folded(self.after)
        for entry in folder:
            name = _folded(entry.name)
            if name.startswith(before) and name.endswith(after):
                number = name[len(before) : len(name) - len(after)]
                if _INTEGER.fullmatch(number) and number == self._number(int(number)):
                    yield int(number), entry


_INTEGER = re.compile(r"-?[0-9]{1,300}")
"""No name of a file is longer, and Python reads no numbers of more than 4300 digits."""


def _same_begin(one: str, other: str) -> str:
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else normalize("NFC", name).casefold()


class FrameFiles(Mapping[int, tuple[Path, ...]]):
    """The files of each frame: one, or one for each view. They are named when they are asked for.

    Attributes:
        frames: all frames.
        patterns: one for each view.

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
        """The files of the first and the last frame: no other name is longer, and no file is in another folder."""
        ends = dict.fromkeys((self.frames[0], self.frames[-1])) if self.frames else ()
        return tuple(dict.fromkeys(file for frame in ends for file in self[frame]))

    def of(self, frames: FrameList) -> FrameFiles:
        """The files of some of the frames."""
        return FrameFiles(frames, self.patterns)

    @property
    def _is_listed(self) -> bool:
        return len(self.frames) > FEW and all(pattern.width is not None for pattern in self.patterns)

    def begun(self) -> FrameList:
        """The frames that may have a file already, whole or not; all others have none.

        Of many, the folder is listed: this costs what is there, and not what is missing.
        """
        if not self._is_listed:
            return self.frames
        return FrameList.of(sorted({frame for frame, _ in self._entries()}))

    def blocking_folder(self) -> Path | None:
        """A folder that has the name of a frame's file."""
        if self._is_listed:
            return next((Path(entry.path) for _, entry in self._entries(os.DirEntry.is_dir)), None)
        each = dict.fromkeys(file for frame in self.frames for file in self[frame])
        return next((file for file in each if file.is_dir()), None)

    def _entries(
        self, is_wanted: Callable[[os.DirEntry[str]], bool] | None = None
    ) -> Iterator[tuple[int, os.DirEntry[str]]]:
        """What has the name of a frame's file, with the frame; None: whatever it is."""
        for pattern in self.patterns:
            with suppress(FileNotFoundError), os.scandir(os.path.dirname(pattern.before)) as entries:
                wanted = filter(is_wanted, entries)
                yield from (found for found in pattern.frames_in(wanted) if found[0] in self.frames)
