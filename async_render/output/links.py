"""Links at the destination of a file. Blender writes through a link, and so do files that are staged.

The link stays, and the file that it leads to gets the new content, by one rename in that file's own folder. Blender
makes no folder for a link that leads into none (4.2 to 5.2), and neither does anything here.

Hard links are another matter: a staged file gets a new place on the disk, and other names of the older file keep the
older content. Blender would empty the older file under all its names. Whole files under one name are worth more than
half a file under several, when the process is killed. And those who make hard links, as `rsync --link-dest` for a
backup, mean to keep the older content.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from .stage_folders import SoundFolder


def is_link(file: Path) -> bool:
    """Return whether a file is a link; in a folder that cannot be read nothing is."""
    try:
        return file.is_symlink()
    except OSError:
        return False


def real_file(file: Path) -> Path:
    """Return the file that a path leads to: behind a link another one. A link that leads back to itself stays."""
    return Path(os.path.realpath(file)) if is_link(file) else file


def move(file: Path, destination: Path) -> None:
    """Move a file to its destination in one step, through a link, and to another disk, too.

    Raises:
        OSError: the destination cannot be replaced, or has no room. The file is where it was.
    """
    destination = real_file(destination)
    try:
        file.replace(destination)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with SoundFolder(destination.parent) as folder:
            copy = folder / destination.name
            shutil.copy2(file, copy)
            copy.replace(destination)
        file.unlink()
