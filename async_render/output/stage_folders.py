"""Folders beside a movie or a still that grows, and what the next process makes of them when their process was killed.

A killed process leaves its folder as it was in the middle of a render. The folder may have the only copy of a file that
was there before, and hours of a movie. So the next process that writes there brings both back before it removes the
folder. A complete file stays as it is. No link is followed: the older file is put beside the link.

Names in such a folder have a meaning:

- `old film.mkv` was moved away from `film.mkv`, to make room for the new file.
- `copy of 0001.png` is a copy of `0001.png`, over which Blender writes.
- `film.partial.mkv` is a movie that is not complete.

All other files are incomplete, and go with the folder. Only names within one folder count, so a folder from elsewhere
can do no more than the archive that it came in.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from .integrity import find_damage
from .locked_folders import LockedFolder, remove_abandoned

STAGE_PREFIX = ".async_render_stage_"
"""The beginning of the names of the folders in which movies and stills grow."""

SOUND_PREFIX = ".async_render_sound_"
"""The beginning of the names of the folders in which sounds grow. Nothing of them is kept."""

OLD, COPY = "old ", "copy of "
"""The beginnings of the names of files that were there before."""

_PARTIAL = ".partial"


class StageFolder(LockedFolder):
    """A folder for one movie or still, which this process has locked."""

    def __init__(self, parent: Path) -> None:
        """Make the folder.

        Args:
            parent: the folder of the movie or the still.

        Raises:
            OSError: the disk takes no folder any more.
        """
        super().__init__(parent, STAGE_PREFIX)

    def remove(self) -> None:
        """Bring back what the folder has of older files, and remove the folder: this process ends in a render."""
        _bring_back(self.path)
        self.discard()

    def discard(self) -> None:
        """Remove the folder. All files are at their destinations."""
        super().remove()


class SoundFolder(LockedFolder):
    """A folder for one sound, which this process has locked."""

    def __init__(self, parent: Path) -> None:
        """Make the folder, as `StageFolder` does."""
        super().__init__(parent, SOUND_PREFIX)


def partial_name(destination: Path) -> Path:
    """Return where a movie is put that is not complete."""
    return destination.with_name(f"{destination.stem}{_PARTIAL}{destination.suffix}")


def clean_up(parent: Path) -> None:
    """Remove what killed processes have left in a folder, and bring back the files that were there before.

    Args:
        parent: the folder of movies, stills and sounds.
    """
    remove_abandoned(parent, STAGE_PREFIX, _bring_back)
    remove_abandoned(parent, SOUND_PREFIX)


def _bring_back(folder: Path) -> None:
    with suppress(OSError):  # another process may bring it back at the same time
        for file in sorted(folder.iterdir()):
            with suppress(OSError):  # the others come back nevertheless
                _bring_back_file(file)


def _bring_back_file(file: Path) -> None:
    status = file.lstat()
    if not S_ISREG(status.st_mode):
        return
    parent, name = file.parent.parent, file.name
    begin = next((begin for begin in (OLD, COPY) if name.startswith(begin)), None)
    if begin is not None:
        destination = parent / name.removeprefix(begin)
        if destination.is_symlink():  # a forged one leads out of the folder
            file.replace(parent / name)
        elif find_damage(destination, any_format=True) is not None:
            file.replace(destination)
        # A complete file is newer than what the folder has: somebody has rendered it since.
    elif file.stem.endswith(_PARTIAL) and status.st_size:
        file.replace(parent / name)
