"""Folders in the system's folder for temporary files: logs, pixels, lists of pictures, copies of the session, keys.

Each is locked by its process. The next pool of the same user removes what a killed process has left.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..render.errors import RenderError
from .locked_folders import LockedFolder, remove_abandoned

LOGS_PREFIX = "async_render_logs_"
"""The beginning of the names of the folders for what workers print."""

CALL_PREFIX = "async_render_pool_"
"""The beginning of the names of the folders in which a call and its worker exchange pixels, and lists of pictures."""

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
        raise _takes_none(parent, error) from error


def folder_in(parent: LockedFolder) -> Path:
    """Return a new folder in a temporary folder, with which it goes.

    Raises:
        RenderError: the disk takes no folder.
    """
    try:
        return Path(tempfile.mkdtemp(dir=parent.path))
    except OSError as error:
        raise _takes_none(parent.path, error) from error


def _takes_none(folder: Path, error: OSError) -> RenderError:
    reason = error.strerror or error
    return RenderError(f"{folder} takes no new folder: {reason}; set TMPDIR to a folder with room")


def remove_left() -> None:
    """Remove what killed processes of this user have left. A worker thread calls this."""
    for prefix in (LOGS_PREFIX, CALL_PREFIX, SESSION_PREFIX, CLUSTER_PREFIX):
        remove_abandoned(Path(tempfile.gettempdir()), prefix)
