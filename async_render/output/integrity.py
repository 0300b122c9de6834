"""Looking at files after a render: whether they are there, and whole."""

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from .formats import NEAR, Damage, Source, check

MISSING = "is missing"

FROM_BEFORE = "is from before this render"
"""What is wrong with files that Blender has not written, or not there."""


def is_written(file: Path, since: float) -> bool:
    """Whether the file has content, and got it at or after `since`.

    Args:
        file: its path.
        since: seconds since the epoch, by the clock of that disk: see `check_destinations`.
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
