"""Looking at what is on disk: before a render, whether its folder takes files; after it, whether they are there."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from time import time

from ..render.errors import RenderError
from .formats import NEAR, Damage, Source, check
from .frame_files import FrameFiles

REMEDIES = {
    errno.EROFS: "the disk is read-only: choose another folder",
    errno.EACCES: "you may not write there: choose another folder, or change its permissions",
    errno.EPERM: "you may not write there: choose another folder, or change its permissions",
    errno.ENOSPC: "the disk is full: free some space, or choose another folder",
    errno.EDQUOT: "your share of the disk is full: free some space, or choose another folder",
    errno.ENAMETOOLONG: "a name in it is too long: choose a shorter one",
    errno.ENOTDIR: "there is a file where a folder shall be: rename it, or choose another folder",
    errno.EEXIST: "there is a file where the folder shall be: rename it, or choose another folder",
    errno.ELOOP: "its links go round in circles: choose another folder",
}
MISSING = "is missing"
FROM_BEFORE = "is from before this render"
"""What is wrong with files that Blender has not written, or not there."""

LONGEST = 1000
"""Bytes of a file's path. Blender has room for 1023 (FILE_MAX in source/blender/blenlib/BLI_path_utils.hh), and movies
and stills are written to a folder beside their place first."""

TRIAL = 4096
"""Bytes written as a trial: a full disk still makes empty files."""


def check_places(files: Sequence[Path], filepath: str) -> float:
    """Make the folders of files that will be written, and prove that they take them, under these names.

    Args:
        files: where they will be.
        filepath: what the user gave, for the message.

    Returns:
        What time it is there, as `is_written` takes it: a disk of another computer has its own clock.

    Raises:
        RenderError: as `check_folder` and `check_not_folders`.
    """
    times = [check_folder(folder, filepath) for folder in sorted({file.parent for file in files})]
    check_not_folders(files, filepath)
    return min(times, default=time())


def check_frame_files(files: FrameFiles, filepath: str) -> float:
    """As `check_places`, for the files of all frames of a render, in one look at the folder."""
    begin = check_places(files.extremes, filepath)
    folder = files.folder_in_place()
    if folder is not None:
        raise _folder_in_place(folder, filepath)
    return begin


def check_folder(folder: Path, filepath: str, size: int = 0) -> float:
    """Make the folder, and prove that files can be made and filled in it.

    A trial file is written and removed again: permissions do not tell the truth to root, nor of a read-only disk.

    Args:
        folder: where the files will be.
        filepath: what the user gave, for the message.
        size: bytes that a file may need.

    Returns:
        What time it is there, in seconds since the epoch.

    Raises:
        RenderError: the folder cannot be made, or takes no files.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as trial:
            _fill(trial.fileno(), max(size, TRIAL))
            return os.fstat(trial.fileno()).st_mtime
    except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
        raise _cannot_write(f"in the folder {folder}", filepath, error) from error


def _fill(file: int, size: int) -> None:
    """A disk that becomes full writes a part first, without a word."""
    left = size
    while left:
        left -= os.write(file, bytes(min(left, 1 << 20)))


def disk_is_full(folder: Path | None) -> bool:
    """Whether there is no room left for anything, as far as the disk tells; a cheap look."""
    if folder is None or not folder.is_dir():
        return False
    return shutil.disk_usage(folder).free < TRIAL


def check_names(files: Iterable[Path], filepath: str) -> None:
    """Raise `RenderError` when the name of one of the files is too long for its disk.

    Nothing is made. Most disks take 255 bytes, which are fewer letters where these are not ASCII.

    Args:
        files: where the pictures will be; their folders are there.
        filepath: what the user gave, for the message.
    """
    for file in files:
        try:
            file.lstat()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise _cannot_write(f"as {file}", filepath, error) from error


def _cannot_write(where: str, filepath: str, error: OSError | ValueError) -> RenderError:
    number = error.errno if isinstance(error, OSError) else None
    reason = REMEDIES.get(number or 0) or (error.strerror if isinstance(error, OSError) else None) or str(error)
    return RenderError(f"filepath={filepath!r}: no file can be written {where}: {reason}")


def check_not_folders(files: Iterable[Path], filepath: str) -> None:
    """Raise `RenderError` when a folder has the name that one of the files shall have, or such a name cannot be.

    Args:
        files: where the pictures will be.
        filepath: what the user gave, for the message.
    """
    files = list(files)
    for file in files:
        if len(os.fsencode(file)) > LONGEST:
            raise RenderError(
                f"filepath={filepath!r}: {file} has more than {LONGEST} bytes, which Blender would cut off: "
                "choose a shorter one"
            )
    check_names(files, filepath)
    for file in files:
        if file.is_dir():
            raise _folder_in_place(file, filepath)


def _folder_in_place(file: Path, filepath: str) -> RenderError:
    return RenderError(f"filepath={filepath!r}: there is a folder where the file {file} shall be")


def is_written(file: Path, since: float) -> bool:
    """Whether the file has content, and got it at or after `since`.

    Args:
        file: its path.
        since: seconds since the epoch, by the clock of that disk: see `check_places`.
    """
    try:
        status = file.stat()
    except FileNotFoundError:
        return False
    # Some file systems keep times in steps of two seconds.
    return status.st_size > 0 and status.st_mtime >= since - 2.0


def find_damage(file: Path, *, any_format: bool = False) -> str | None:
    """What is wrong with a file that Blender has written; None when it is whole.

    It is looked at to its end by its structure, and its pixels are not decoded: 1.5 ms for a PNG of 1920 × 1080 pixels,
    a twentieth of decoding it. All formats that Blender writes are known, pictures and movies; where the name tells
    no format, the first bytes do. See `async_render.render.files` for what a structure cannot tell.

    The time is linear in the file's size, and the memory is bounded, whoever made the file. Still it is too long for
    the main thread of a window: 0.1 s for a PNG of 100 MB. Let a thread call it there.

    Args:
        file: its path. Devices and pipes are not opened.
        any_format: whether the file may have another format than its name tells: Blender leaves the name to its user
            where `use_file_extension` is off.

    Returns:
        What follows the file's name in a sentence.

    Example:
        >>> find_damage(Path("frame_0001.png"))
        'is cut off after 1,234 of 5,678 bytes'
    """
    try:
        status = file.stat()
        if S_ISDIR(status.st_mode):
            return "is a folder"
        if not S_ISREG(status.st_mode):
            return "is not a file but a device or a pipe"
        if not status.st_size:
            return "is empty"
        with file.open("rb", buffering=NEAR) as opened:
            check(Source(opened, file, status.st_size), any_format)
    except Damage as damage:
        return str(damage)
    except FileNotFoundError:
        return MISSING
    except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return None
