"""Checks of folders and file names before a render: files can be written there."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from time import time
from typing import TypeVar

from ..render.errors import RenderError
from .frame_files import FrameFiles
from .links import real_file
from .locked_folders import LockedFolder

Folder = TypeVar("Folder", bound=LockedFolder)
"""The class of a folder beside a destination."""

_REMEDIES = {
    errno.EROFS: "the disk is read-only: choose another folder",
    errno.EACCES: "you may not write there: choose another folder, or change its permissions",
    errno.EPERM: "you may not write there: choose another folder, or change its permissions",
    errno.ENOSPC: "the disk is full: free some space, or choose another folder",
    errno.EDQUOT: "your share of the disk is full: free some space, or choose another folder",
    errno.ENAMETOOLONG: "a name in it is too long: choose a shorter one",
    errno.ENOTDIR: "there is a file where a folder will be: rename it, or choose another folder",
    errno.EEXIST: "there is a file where the folder will be: rename it, or choose another folder",
    errno.ELOOP: "its links lead back to themselves: choose another folder",
}

LONGEST = 1000
"""Bytes of the longest path of a file. Blender has room for 1,023 (FILE_MAX in
source/blender/blenlib/BLI_path_utils.hh), and movies and stills are first written to a folder beside their destination.
"""

PREFIX = ".async_render_"
"""The beginning of the names of the folders beside a destination."""

TRIAL = 4096
"""Bytes of a trial file. A full disk still makes empty files."""

SCARCE = 16 << 20
"""Bytes of room. With less of it a damaged picture is taken for the work of a full disk: a picture in HD may be as
large. More bytes would blame disks that are nearly full, and work.
"""


def check_destinations(files: Sequence[Path], filepath: str, *, in_place: bool = False) -> float:
    """Make the folders of files, and prove that each folder takes files under these names.

    Args:
        files: the files that a render will write, which are moved to their destination when they are complete.
        filepath: the output path that the user gave, for the message.
        in_place: whether Blender writes them in place, and through links; else they are moved when they are complete.

    Returns:
        The time by the folder's disk, as `is_written` takes it. A disk of another computer has a clock of its own.

    Raises:
        RenderError: see `check_folder` and `check_not_folders`. Or a file is a device or a pipe, or is a link that
            leads to none.
    """
    folders = {file.parent for file in files}
    times = [check_folder(folder, filepath) for folder in sorted(folders)]
    check_not_folders(files, filepath)
    behind = _folders_behind_links(files, filepath, in_place) - folders
    times += [check_folder(folder, filepath) for folder in sorted(behind)]
    return min(times, default=time())


def _folders_behind_links(files: Sequence[Path], filepath: str, in_place: bool) -> set[Path]:
    """Return the folders behind links that must take new files. Blender makes none of these folders."""
    behind = [real_file(file) for file in files]
    for file, real in zip(files, behind, strict=True):
        try:
            is_file = S_ISREG(real.stat().st_mode)
        except FileNotFoundError:
            if not real.parent.is_dir():
                raise RenderError(
                    f"filepath={filepath!r}: {file} is a link to {real}, where there is no folder: make the folder, or "
                    "remove the link"
                ) from None
            continue
        except OSError as error:  # a link that leads back to itself
            raise _cannot_write(f"as {file}", filepath, error) from error
        if not is_file:
            raise RenderError(
                f"filepath={filepath!r}: {file} is not a file but a device or a pipe: choose another path"
            )
    if not in_place and len(set(behind)) < len(files):
        raise RenderError(
            f"filepath={filepath!r}: {' and '.join(map(str, files))} are links to one file: remove one of the links"
        )
    return {
        real.parent
        for file, real in zip(files, behind, strict=True)
        if real != file and not (in_place and os.access(real, os.W_OK))
    }


def check_frame_files(files: FrameFiles, filepath: str) -> float:
    """Check the files of all frames as `check_destinations` does, and read the folder once."""
    in_place = all(pattern.width is not None for pattern in files.patterns)  # pictures; a movie has no number
    begin = check_destinations(files.extremes, filepath, in_place=in_place)
    folder = files.blocking_folder()
    if folder is not None:
        raise _blocked_by_folder(folder, filepath)
    return begin


def check_folder(folder: Path, filepath: str, size: int = 0) -> float:
    """Make a folder, and prove that files can be created and filled in it.

    A trial file is written and removed. Permissions are no proof: root may write in spite of them, and a disk may be
    read-only.

    Args:
        folder: the folder of the files.
        filepath: the output path that the user gave, for the message.
        size: bytes that a file may need.

    Returns:
        The time by the folder's disk, in seconds since the epoch.

    Raises:
        RenderError: the folder cannot be made, or takes no files.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as trial:
            _fill(trial.fileno(), max(size, TRIAL))
            return os.fstat(trial.fileno()).st_mtime
    except (OSError, ValueError) as error:  # ValueError: the name has a zero byte
        raise _cannot_write(f"in the folder {folder}", filepath, error) from error


def folder_beside(destination: Path, filepath: str, kind: Callable[[Path], Folder]) -> Folder:
    """Make a folder beside a file's destination, for files that are not complete yet.

    Args:
        destination: the file's destination.
        filepath: the output path that the user gave, for the message.
        kind: the class of the folder.

    Raises:
        RenderError: the disk takes no folder any more.
    """
    with writing_in(destination.parent, filepath):
        return kind(destination.parent)


@contextmanager
def writing_in(folder: Path, filepath: str) -> Iterator[None]:
    """Let the error of a disk that takes no files, inside the `with` block, name the folder and the remedy.

    Args:
        folder: the folder.
        filepath: the output path that the user gave, for the message.

    Raises:
        RenderError: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise _cannot_write(f"in the folder {folder}", filepath, error) from error


def _fill(file: int, size: int) -> None:
    """Write so many zero bytes. A disk that becomes full writes a part of them first, without an error."""
    left = size
    while left:
        left -= os.write(file, bytes(min(left, 1 << 20)))


def disk_is_full(folder: Path | None) -> bool:
    """Return whether the disk has no room left. The question is cheap, and some disks do not know."""
    if folder is None or not folder.is_dir():
        return False
    return shutil.disk_usage(folder).free < TRIAL


def little_room(folder: Path, filepath: str) -> RenderError | None:
    """Return the error for a folder in which a file is damaged, and whose disk has less room than a picture may need.

    A trial file is smaller than the picture that did not fit, and a disk has room again when the rest of it is gone.

    Args:
        folder: the folder of the damaged file.
        filepath: the output path that the user gave, for the message.
    """
    if not folder.is_dir() or shutil.disk_usage(folder).free >= SCARCE:
        return None
    return _cannot_write(f"in the folder {folder}", filepath, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def check_names(files: Iterable[Path], filepath: str) -> None:
    """Raise `RenderError` when the name of a file is too long for its disk.

    Nothing is created. Most disks take names of 255 bytes, which are fewer letters where letters are not ASCII.

    Args:
        files: the files that a render will write, in folders that exist.
        filepath: the output path that the user gave, for the message.
    """
    for file in files:
        try:
            file.lstat()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise _cannot_write(f"as {file}", filepath, error) from error


def _cannot_write(where: str, filepath: str, error: OSError | ValueError) -> RenderError:
    return RenderError(f"filepath={filepath!r}: no file can be written {where}: {why_not_written(error)}")


def why_not_written(error: OSError | ValueError) -> str:
    """Return why no file can be written, and what to do about it: the end of a message."""
    if not isinstance(error, OSError):
        return str(error)
    return _REMEDIES.get(error.errno or 0) or error.strerror or str(error)


def check_not_folders(files: Iterable[Path], filepath: str) -> None:
    """Raise `RenderError` when a folder has the name of one of the files, or the name is not possible.

    Args:
        files: the files that a render will write.
        filepath: the output path that the user gave, for the message.
    """
    files = list(files)
    for file in files:
        if len(os.fsencode(file)) > LONGEST:
            raise RenderError(
                f"filepath={filepath!r}: {file} has more than {LONGEST} bytes, which Blender would cut off: "
                "choose a shorter path"
            )
    check_names(files, filepath)
    for file in files:
        if file.is_dir():
            raise _blocked_by_folder(file, filepath)


def _blocked_by_folder(file: Path, filepath: str) -> RenderError:
    return RenderError(
        f"filepath={filepath!r}: there is a folder where the file {file} will be: rename it, or choose another path"
    )
