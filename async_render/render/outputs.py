"""Looking at what is on disk: before a render, whether its folder takes files; after it, whether they are there."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .errors import RenderError


def check_folder(folder: Path, filepath: str) -> None:
    """Make the folder, and prove that files can be made in it.

    Args:
        folder: where the files will be.
        filepath: what the user gave, for the message.

    Raises:
        RenderError: the folder cannot be made, or takes no files.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise RenderError(f"filepath={filepath!r}: no file can be written in the folder {folder}: {reason}") from error


def check_not_folders(files: Iterable[Path], filepath: str) -> None:
    """Raise `RenderError` when a folder has the name that one of the files shall have."""
    for file in files:
        if file.is_dir():
            raise RenderError(f"filepath={filepath!r}: there is a folder where the file {file} shall be")


def is_written(file: Path, since: float) -> bool:
    """Whether the file has content, and got it at or after `since`.

    Args:
        file: its path.
        since: seconds since the epoch.
    """
    try:
        status = os.stat(file)
    except FileNotFoundError:
        return False
    # Some file systems keep times in steps of two seconds.
    return status.st_size > 0 and status.st_mtime >= since - 2.0
