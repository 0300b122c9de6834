"""The user's folder for files that can be made again: contents that have arrived, and .blend files with other paths."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ...render.errors import RenderError
from .pieces import cannot_write


def cache_folder() -> Path:
    """Return the user's folder for files that can be made again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "async_render"


def private_folder(folder: Path) -> Path:
    """Make a folder that only this user can read, and return it.

    Raises:
        RenderError: the folder cannot be made, is a link, or is another user's.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if sys.platform != "win32":
            if not folder.is_dir() or folder.is_symlink() or status.st_uid != os.getuid():
                raise RenderError(f"{folder} is a link, or another user's; remove it, or choose another folder")
            folder.chmod(0o700)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder
