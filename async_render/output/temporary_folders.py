"""Folders in the system's folder for temporary files: logs, pixels, lists of pictures, copies of the session, keys.

Each is locked by its process. The next pool of the same user removes what a killed process has left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..render.errors import RenderError
from .locked_folders import LockedFolder, remove_abandoned

LOGS_PREFIX = "async_render_logs_"
"""The beginning of the names of the folders for what workers print."""

CALL_PREFIX = "async_render_pool_"
"""The beginning of the names of the folders in which a call and its worker exchange pixels, and lists of pictures."""

STILL_PREFIX = "async_render_still_"
"""The beginning of the names of the folders for the pixels of a still, and for a still that is not kept."""

ASSETS_PREFIX = "async_render_assets_"
"""The beginning of the names of the folders for the lists of the files that a .blend file needs."""

SESSION_PREFIX = "async_render_session_"
"""The beginning of the names of the folders for copies of the session."""

CLUSTER_PREFIX = "async_render_cluster_"
"""The beginning of the names of the folders for certificates, keys and logs of a farm's own cluster."""


def temporary_folder(prefix: str) -> LockedFolder:
    """Return a new folder that goes with this process, or with the end of its `with` block.

    Raises:
        RenderError: the disk takes no folder.
    """
    parent = Path(tempfile.gettempdir())
    try:
        return LockedFolder(parent, prefix)
    except OSError as error:
        reason = error.strerror or error
        raise RenderError(f"{parent} takes no new folder: {reason}; set TMPDIR to a folder with room") from error


def folder_in(parent: LockedFolder) -> Path:
    """Return a new folder in a temporary folder, with which it goes.

    Raises:
        RenderError: the disk takes no folder.
    """
    with using(parent.path):
        return Path(tempfile.mkdtemp(dir=parent.path))


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """Let the error of a temporary folder that is full or gone, inside the `with` block, name folder and remedy.

    Raises:
        RenderError: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        if folder.is_dir():
            raise RenderError(
                f"{folder} takes no files: {error.strerror or error}; set TMPDIR to a folder with room"
            ) from error
        raise RenderError(
            f"{folder} is gone: somebody has removed it while it was in use; try again, or set TMPDIR to a folder that "
            "no program empties"
        ) from error


def remove_left() -> None:
    """Remove what killed processes of this user have left. A worker thread calls this."""
    for prefix in (LOGS_PREFIX, CALL_PREFIX, STILL_PREFIX, ASSETS_PREFIX, SESSION_PREFIX, CLUSTER_PREFIX):
        remove_abandoned(Path(tempfile.gettempdir()), prefix)
