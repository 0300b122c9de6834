"""Files that replace older files when they are complete: a new movie or still, and the file that was there before.

Where a destination is a link, all of that happens to the file behind the link, in that file's folder: `links.py`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from ..loop.shielded import to_the_end
from ..render.errors import RenderError
from .integrity import FROM_BEFORE, MISSING, find_damage
from .links import is_link, move, real_file
from .stage_folders import COPY, OLD, partial_name

POLL_INTERVAL = 0.02
"""Seconds between two polls whether Blender has opened its movie."""

SPLIT_INTERVAL = 1.0
"""Seconds between two polls for the next part of a split movie. A part has 2 GB, so a second is soon enough."""


_NONE: Mapping[Path, Path] = MappingProxyType({})


@contextmanager
def also_at_exit(function: Callable[[], object]) -> Iterator[None]:
    """Call the function at the end of the `with` block, and when the process ends inside the block.

    Blender quits in the middle of a render. Then its main loop turns no more, and nothing ends the task that renders.
    """
    atexit.register(function)
    try:
        yield
    finally:
        atexit.unregister(function)
        function()


class Stage:
    """Files that Blender is writing, and the destinations where they end up.

    Args:
        folder: a folder for files that are kept during the render.
        destinations: the files' destinations.
        any_format: whether a file may have another format than its suffix says.
        others: the folders for files behind links, by the folders in which these files are.

    Attributes:
        is_complete: whether Blender reports that all files are written; set by the caller.
        destinations: the files' destinations.
        delivered: the new files that have reached their destinations.
        partial: the incomplete files that stand beside their destinations.
        damaged: the destinations that have no complete new file, each with the damage.
        is_needed: whether the folder has a file that could not be moved.
    """

    def __init__(
        self, folder: Path, destinations: Sequence[Path], any_format: bool, others: Mapping[Path, Path] = _NONE
    ) -> None:
        self.is_complete = False
        self.destinations = tuple(destinations)
        self.delivered: list[Path] = []
        self.partial: list[Path] = []
        self.damaged: dict[Path, str] = {}
        self.is_needed = False
        self._folder = folder
        self._others = others
        self._any_format = any_format
        self._checked: dict[Path, str | None] = {}

    @property
    def expected(self) -> Sequence[Path]:
        """The files that a complete render leaves."""
        return self.destinations

    async def begin(self) -> None:
        """Prepare for the job, before Blender starts. Copies of large files take time."""

    def clear(self) -> None:
        """Make room for the new files. Blender starts right after this call."""

    def move_opened(self) -> None:
        """Move the files that Blender has opened. Call this after each event of the job."""

    async def follow(self) -> None:
        """Move the files that Blender opens between two events."""

    def check(self) -> None:
        """Check the complete files, so that `end` is fast. The check takes long: a worker thread calls it."""

    def end(self) -> None:
        """Leave at each destination the new file, or the file that was there before."""

    def _damage(self, file: Path) -> str | None:
        if file not in self._checked:
            self._checked[file] = find_damage(file, any_format=self._any_format)
        return self._checked[file]

    def _record_missing(self) -> None:
        """Record the files that Blender has not written although it reports that all files are written.

        An older file at the destination is damage, too: its time would pass for a new one.
        """
        for destination in self.expected if self.is_complete else ():
            if destination not in self.delivered and destination not in self.damaged:
                self.damaged[destination] = FROM_BEFORE if os.path.exists(destination) else MISSING

    def _folder_of(self, file: Path) -> Path:
        """Return the folder in which a file's copy is kept, or the new file: it is on the file's own disk."""
        return self._others.get(file.parent, self._folder)

    def _move(self, file: Path, destination: Path, what: str) -> bool:
        """Move a file to its destination. Where that is not possible, record the damage and leave the file."""
        try:
            move(file, destination)
        except OSError as error:  # on Windows, where a player has the old file open
            self.is_needed = True
            self.damaged[destination] = f"cannot be replaced ({error.strerror or error}); {what} is {file}"
            return False
        return True


class InPlace(Stage):
    """Files that Blender writes directly to their destinations. Copies of the older files are kept in the folder."""

    def __init__(
        self, folder: Path, destinations: Sequence[Path], any_format: bool, others: Mapping[Path, Path] = _NONE
    ) -> None:
        super().__init__(folder, destinations, any_format, others)
        self._states = {destination: _state(destination) for destination in destinations}

    async def begin(self) -> None:
        """Copy the older files. Blender empties an existing file, and with it all its hard links.

        A cancel waits for the end of the copy: the folder is removed next.

        Raises:
            RenderError: the disk has no room.
        """
        await to_the_end(lambda: asyncio.to_thread(self._copy))

    def _copy(self) -> None:
        for destination in self.destinations:
            try:
                if destination.is_file():
                    # A copy has its name when it is complete: the next process may find it, when this one is killed.
                    copy = self._copy_of(destination)
                    shutil.copy2(destination, copy.with_name("copy"))
                    copy.with_name("copy").replace(copy)
            except OSError as error:
                reason = error.strerror or error
                raise RenderError(
                    f"no copy of {destination} can be kept: {reason}; free some space, or choose another path"
                ) from error

    def check(self) -> None:
        """Check the new files."""
        for destination in self.destinations:
            if _state(destination) != self._states[destination]:
                self._damage(destination)

    def end(self) -> None:
        """Leave at each destination a complete new file, or restore the file that was there before."""
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

    def _copy_of(self, destination: Path) -> Path:
        file = real_file(destination)
        return self._folder_of(file) / f"{COPY}{file.name}"

    def _restore(self, destination: Path) -> None:
        copy, file = self._copy_of(destination), real_file(destination)
        if os.path.exists(copy):
            with suppress(OSError):  # a disk without room; then at least this name has what was there
                if file.stat().st_nlink > 1:  # all its names have lost it
                    shutil.copyfile(copy, file)
                    shutil.copystat(copy, file)
                    return
            self._move(copy, destination, "what was there")
            return
        try:
            file.unlink(missing_ok=True)  # and not the link: Blender has made the file behind it
        except OSError as error:  # the others come back nevertheless
            self.damaged[destination] = f"is not whole, and cannot be removed ({error.strerror or error})"


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
        others: Mapping[Path, Path] = _NONE,
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


def _state(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    except OSError:  # a folder that cannot be read any more; `find_damage` says why
        return _UNREADABLE
    return status.st_size, status.st_mtime_ns


_UNREADABLE = (-1, -1)
"""The state of a file that cannot be looked at, which is no other file's."""


def _has_content(file: Path) -> bool:
    state = _state(file)
    return state is not None and state[0] > 0
