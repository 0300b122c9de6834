"""Files that replace others when they are whole: the new ones of a movie or a still, and those that were there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..render.errors import RenderError
from .integrity import FROM_BEFORE, MISSING, find_damage

POLL_INTERVAL = 0.02
"""Seconds between two looks whether Blender has opened its movie."""

SPLIT_INTERVAL = 1.0
"""The same for the next part of a movie, of 2 GB."""


class Stage:
    """Files that Blender is writing, and the places where they shall be.

    Args:
        folder: where files are kept.
        destinations: where the files shall be.
        any_format: whether a file may have another format than its name tells.

    Attributes:
        is_complete: to be set when Blender says that all is there.
        destinations: where the files shall be.
        delivered: the files that are in their places now.
        partial: those that are beside their places.
        damaged: places that have what they had, and what is wrong with the new file.
        is_needed: whether the folder has a file that could not be moved.
    """

    def __init__(self, folder: Path, destinations: Sequence[Path], any_format: bool) -> None:
        self.is_complete = False
        self.destinations = tuple(destinations)
        self.delivered: list[Path] = []
        self.partial: list[Path] = []
        self.damaged: dict[Path, str] = {}
        self.is_needed = False
        self._folder = folder
        self._any_format = any_format
        self._checked: dict[Path, str | None] = {}

    @property
    def expected(self) -> Sequence[Path]:
        """The files that a complete render has left."""
        return self.destinations

    async def begin(self) -> None:
        """Get ready for the job, which may have to wait."""

    def clear(self) -> None:
        """Make room for the new files: Blender starts now."""

    def move_opened(self) -> None:
        """Move away what Blender has opened; to be called when there is news."""

    async def follow(self) -> None:
        """Look after the files while Blender writes them."""

    def check(self) -> None:
        """Look at the new files once all is there, so that `end` need not. It takes long: a thread calls it."""

    def end(self) -> None:
        """See that each place has its new file, or what it had."""

    def _damage(self, file: Path) -> str | None:
        if file not in self._checked:
            self._checked[file] = find_damage(file, any_format=self._any_format)
        return self._checked[file]

    def _record_missing(self) -> None:
        """Tell which files Blender has not written though it says that all is well. Those of before may be new, too."""
        for destination in self.expected if self.is_complete else ():
            if destination not in self.delivered and destination not in self.damaged:
                self.damaged[destination] = FROM_BEFORE if destination.exists() else MISSING

    def _move(self, file: Path, destination: Path, what: str) -> bool:
        """Put a file in a place; or else tell what it is, and leave it where it is."""
        try:
            file.replace(destination)
        except OSError as error:  # on Windows, where a player has the old one open
            self.is_needed = True
            self.damaged[destination] = f"cannot be replaced ({error.strerror or error}); {what} is {file}"
            return False
        return True


class InPlace(Stage):
    """Files that are written in their destinations, of which copies are kept."""

    def __init__(self, folder: Path, destinations: Sequence[Path], any_format: bool) -> None:
        super().__init__(folder, destinations, any_format)
        self._states = {destination: _state(destination) for destination in destinations}

    async def begin(self) -> None:
        """Keep copies: Blender empties the file that is there, and all its hard links.

        Raises:
            RenderError: the disk has no room.
        """
        await asyncio.to_thread(self._copy)

    def _copy(self) -> None:
        for destination in self.destinations:
            if destination.is_file():
                try:
                    shutil.copy2(destination, self._folder / destination.name)
                except OSError as error:
                    reason = error.strerror or error
                    raise RenderError(
                        f"no copy of {destination} can be kept: {reason}; free some space, or choose another path"
                    ) from error

    def check(self) -> None:
        """Look at the new files."""
        for destination in self.destinations:
            if _state(destination) != self._states[destination]:
                self._damage(destination)

    def end(self) -> None:
        """See that each place has a whole new file, or what it had."""
        for destination in self.destinations:
            is_new = _state(destination) != self._states[destination]
            damage = self._damage(destination) if self.is_complete and is_new else None
            if damage is not None:
                self.damaged[destination] = damage
            if self.is_complete and is_new and damage is None:
                self.delivered.append(destination)
            elif is_new:
                self._restore(destination)
        self._record_missing()

    def _restore(self, destination: Path) -> None:
        copy = self._folder / destination.name
        if copy.exists():
            self._move(copy, destination.resolve(), "what was there")  # Blender has followed a link, too
        else:
            destination.unlink(missing_ok=True)


class Beside(Stage):
    """Files that are kept in a folder beside their places.

    Args:
        folder: where files are kept.
        written: the files that Blender writes, and the places where they shall be.
        any_format: whether a file may have another format than its name tells.
        is_movie: whether they are movies: they are moved while they grow, and what there is of them is kept.
        is_split: whether Blender makes a new file after each 2 GB, as `use_autosplit` says.
        has_frames: whether anything was rendered: if not, nothing of a movie is kept.
    """

    def __init__(
        self,
        folder: Path,
        written: Mapping[Path, Path],
        any_format: bool,
        *,
        is_movie: bool = False,
        is_split: bool = False,
        has_frames: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(folder, list(written.values()), any_format)
        self._written = written
        self._is_movie = is_movie
        self._is_split = is_split
        self._has_frames = has_frames
        self._new: dict[Path, Path] = {}
        """The files that were moved into the folder, by where Blender has opened them."""
        self._is_clear = False
        """Whether all that is where Blender writes is new."""
        self._old: dict[Path, Path] = {}
        """The files that were there before."""

    @property
    def expected(self) -> Sequence[Path]:
        """The files that a complete render has left."""
        return (self._is_split and self.delivered) or self.destinations

    def clear(self) -> None:
        """Move away what is where Blender writes.

        Raises:
            RenderError: a file cannot be moved.
        """
        for file in filter(os.path.lexists, self._existing()):
            moved = self._folder / f"old {file.name}"
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
        """Move movies into the folder, though no handler tells of them."""
        while self._is_movie and (self._is_split or len(self._new) < len(self._written)):
            self._move_new()
            await asyncio.sleep(SPLIT_INTERVAL if self._new else POLL_INTERVAL)

    def check(self) -> None:
        """Look at the new files."""
        self._move_new()
        for new in self._new.values():
            self._damage(new)

    def end(self) -> None:
        """Put what is whole in its destination, the rest of a movie beside it, and what was there before back."""
        self._move_new()
        self._new |= {file: file for file in self._opened()}  # those that cannot be moved
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
        """The new files that are not in the folder."""
        if not self._is_clear:
            return []
        return [file for file in self._existing() if file not in self._new and os.path.lexists(file)]

    def _move_new(self) -> None:
        """Move new files into the folder, and what was there before back."""
        for file in self._opened():
            new = self._folder / self._written.get(file, file).name
            try:
                file.replace(new)
            except OSError:  # Windows moves no file that is open
                continue
            self._new[file] = new
            if file in self._old:
                self._move(self._old.pop(file), file, "what was there")

    def _deliver(self, new: Path, destination: Path) -> None:
        damage = self._damage(new) if self.is_complete else None
        if damage is not None:
            self.damaged[destination] = damage
        if self.is_complete and damage is None:
            if new == destination or self._move(new, destination, "the new one"):
                self.delivered.append(destination)
                self._old.pop(destination, None)
        elif self._is_movie and self._has_frames() and new.stat().st_size:
            beside = destination.with_name(f"{destination.stem}.partial{destination.suffix}")
            if self._move(new, beside, "what there is of the new one"):
                self.partial.append(beside)


def _parts(file: Path) -> list[Path]:
    """The files of a movie that Blender has split: their names have `_000`, `_001` … somewhere in them."""
    found = []
    for part in file.parent.iterdir():
        numbers = re.finditer(r"_\d{3}", part.name)
        if any(part.name[: number.start()] + part.name[number.end() :] == file.name for number in numbers):
            found.append(part)
    return found


def _state(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns
