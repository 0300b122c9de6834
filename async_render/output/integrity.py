"""Checks of files after a render: each file is there, and complete."""

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from .formats import NEAR, Damage, Source, check

MISSING = "is missing"

FROM_BEFORE = "is from before this render"
"""The damage of a file that Blender has not written; `MISSING` is the damage of a file that is not there."""


def is_written(file: Path, since: float) -> bool:
    """Return whether a file has content, and was written at or after `since`.

    Args:
        file: the file's path.
        since: seconds since the epoch, by the clock of the file's disk: see `check_destinations`.
    """
    try:
        status = file.stat()
    except OSError:  # also where its folder cannot be read any more
        return False
    # Some file systems keep times in steps of two seconds.
    return status.st_size > 0 and status.st_mtime >= since - 2.0


def find_damage(file: Path, *, any_format: bool = False) -> str | None:
    """Find the damage of a file that Blender has written; None: the file is complete.

    The file's structure is checked to its end, and pixels are not decoded. A PNG of 1920 × 1080 pixels takes 1.5 ms, a
    twentieth of the time of decoding. All formats of Blender's pictures and movies are known, and WAV and FLAC. Where
    the name has no known suffix, the first bytes say which format the file has. `async_render.output.formats` lists the
    damage that a structure does not show.

    The time is linear in the file's size, and the memory is bounded, whoever made the file. A PNG of 100 MB takes 0.1
    s, which is too long for the main thread of a window: let a worker thread call `find_damage`.

    Args:
        file: the file's path. Devices and pipes are not opened.
        any_format: whether the file may have another format than its suffix says. Blender leaves the suffix to the user
            where `use_file_extension` is off.

    Returns:
        The part of a sentence that follows the file's name.

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
    except (OSError, ValueError) as error:  # ValueError: the name has a zero byte
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return None
