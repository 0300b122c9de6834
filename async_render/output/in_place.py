"""Files that Blender writes directly to their destinations, and the copies of what was there before."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..loop.shielded import to_the_end
from ..render.errors import RenderError
from .links import real_file
from .stage import NO_FOLDERS, Stage
from .stage_folders import COPY

_UNREADABLE = (-1, -1)
"""The state of a file that cannot be looked at, which is no other file's."""


class InPlace(Stage):
    """Files that Blender writes directly to their destinations. Copies of the older files are kept in the folder."""

    def __init__(
        self, folder: Path, destinations: Sequence[Path], any_format: bool, others: Mapping[Path, Path] = NO_FOLDERS
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


def _state(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    except OSError:  # a folder that cannot be read any more; `find_damage` says why
        return _UNREADABLE
    return status.st_size, status.st_mtime_ns
