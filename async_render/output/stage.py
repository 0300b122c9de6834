"""New files that replace older files at their destinations, and the file that was there before.

There are two stages. Blender writes directly to the destinations (`in_place.py`), or to files that are moved to the
destinations when they are complete (`beside.py`). Where a destination is a link, all of that happens to the file behind
the link, in that file's folder: `links.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from .integrity import FROM_BEFORE, MISSING, find_damage
from .links import move

NO_FOLDERS: Mapping[Path, Path] = MappingProxyType({})
"""No folder for files behind links."""


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
        self, folder: Path, destinations: Sequence[Path], any_format: bool, others: Mapping[Path, Path] = NO_FOLDERS
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
