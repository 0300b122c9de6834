"""Files that are kept in a folder beside their destinations until they are complete: stills, movies and their parts."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..render.errors import RenderError
from .links import is_link, move, real_file
from .stage import NO_FOLDERS, Stage
from .stage_folders import OLD, partial_name

POLL_INTERVAL = 0.02
"""Seconds between two polls whether Blender has opened its movie."""

SPLIT_INTERVAL = 1.0
"""Seconds between two polls for the next part of a split movie. A part has 2 GB, so a second is soon enough."""


class Beside(Stage):
    """Files that are kept in a folder beside their destinations until they are complete.

    Args:
        folder: the folder.
        written: the files that Blender writes, each with its destination.
        any_format: whether a file may have another format than its suffix says.
        others: the folders for files behind links, as `Stage` has them.
        is_movie: whether the files are movies. A movie is moved while it grows, and a partial movie is kept.
        is_split: whether Blender begins a new file after each 2 GB, as `use_autosplit` says.
        has_frames: whether anything was rendered. If not, nothing of a movie is kept.
    """

    def __init__(
        self,
        folder: Path,
        written: Mapping[Path, Path],
        any_format: bool,
        others: Mapping[Path, Path] = NO_FOLDERS,
        *,
        is_movie: bool = False,
        is_split: bool = False,
        has_frames: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(folder, list(written.values()), any_format, others)
        # The name of a part of a split movie is not known yet. Such a part is no link: see `clear`.
        self._written = written if is_split else {real_file(file): written[file] for file in written}
        self._is_movie = is_movie
        self._is_split = is_split
        self._has_frames = has_frames
        self._new: dict[Path, Path] = {}
        """The files that were moved into the folder, by the path at which Blender has opened them."""
        self._is_clear = False
        """Whether each file at Blender's paths is new."""
        self._old: dict[Path, Path] = {}
        """The files that were there before, by path."""

    @property
    def expected(self) -> Sequence[Path]:
        """The files that a complete render leaves."""
        return (self._is_split and self.delivered) or self.destinations

    def clear(self) -> None:
        """Move away the older files at Blender's paths.

        Raises:
            RenderError: a file cannot be moved.
        """
        for file in filter(os.path.lexists, self._existing()):
            if is_link(file):
                raise RenderError(f"{file} is a link, and a movie that Blender splits needs files: remove the link")
            moved = self._folder_of(file) / f"{OLD}{file.name}"
            try:
                file.replace(moved)
            except OSError as error:
                reason = error.strerror or error
                raise RenderError(
                    f"{file} cannot be replaced: {reason}; close the program that has it open, or choose another path"
                ) from error
            self._old[file] = moved
        self._is_clear = True

    def move_opened(self) -> None:
        """Move movies into the folder as soon as Blender has opened them."""
        if self._is_movie and (self._is_split or len(self._new) < len(self._written)):
            self._move_new()

    async def follow(self) -> None:
        """Poll for movies that Blender opens, and move them into the folder. No handler reports them."""
        while self._is_movie and (self._is_split or len(self._new) < len(self._written)):
            self._move_new()
            await asyncio.sleep(SPLIT_INTERVAL if self._new else POLL_INTERVAL)

    def check(self) -> None:
        """Check the new files."""
        self._move_new()
        for new in self._new.values():
            self._damage(new)

    def end(self) -> None:
        """Move complete files to their destinations and a partial movie beside its destination. Restore the older files
        elsewhere."""
        self._move_new()
        self._new |= {file: file for file in self._opened()}  # files that cannot be moved
        for file, new in self._new.items():
            self._deliver(new, self._written.get(file, file))
        for file, old in self._old.items():
            if os.path.lexists(file):
                self.is_needed = True
                self.damaged[file] = f"is not whole, and cannot be moved; what was there is {old}"
            else:
                self._move(old, file, "what was there")
        self._record_missing()

    def _existing(self) -> list[Path]:
        return sorted(part for file in self._written for part in (_parts(file) if self._is_split else (file,)))

    def _opened(self) -> list[Path]:
        """Return the new files that are not in the folder."""
        if not self._is_clear:
            return []
        return [file for file in self._existing() if file not in self._new and os.path.lexists(file)]

    def _move_new(self) -> None:
        """Move new files into the folder, and restore the files that were there before."""
        for file in self._opened():
            destination = real_file(self._written.get(file, file))
            new = self._folder_of(destination) / (partial_name(destination) if self._is_movie else destination).name
            try:
                move(file, new)
            except OSError:  # Windows moves no open file; or the disk behind a link is full
                continue
            self._new[file] = new
            if file in self._old:
                self._move(self._old.pop(file), file, "what was there")

    def _deliver(self, new: Path, destination: Path) -> None:
        damage = self._damage(new) if self.is_complete else None
        if damage is not None:
            self.damaged[destination] = damage
        if self.is_complete and damage is None:
            if new == real_file(destination) or self._move(new, destination, "the new one"):
                self.delivered.append(destination)
                if (old := self._old.pop(real_file(destination), None)) is not None:
                    with suppress(OSError):  # the folder goes next
                        old.unlink()  # nobody brings it back, when this process is killed now
        elif self._is_movie and self._has_frames() and _has_content(new):
            beside = partial_name(real_file(destination))
            if self._move(new, beside, "what there is of the new one"):
                self.partial.append(beside)


def _parts(file: Path) -> list[Path]:
    """Return the files of a movie that Blender has split. Their names have `_000`, `_001` … somewhere in them."""
    try:
        names = [part.name for part in file.parent.iterdir()]
    except OSError:  # the folder is gone, with all parts
        return []
    found = []
    for name in names:
        numbers = re.finditer(r"_\d{3}", name)
        if any(name[: number.start()] + name[number.end() :] == file.name for number in numbers):
            found.append(file.with_name(name))
    return found


def _has_content(file: Path) -> bool:
    with suppress(OSError):
        return file.stat().st_size > 0
    return False
