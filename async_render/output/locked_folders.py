"""Folders that a process makes for a while, and that the next process removes when the first one was killed.

Each folder has a file that its process has locked. The system takes the lock from a dead process. The number of a
process would not do: another process may have it by then.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from time import time
from types import TracebackType
from typing import IO

FRAMES_PREFIX = ".async_render_frames_"
"""The beginning of the names of the folders in which the frames of a worker grow."""

MOVIE_PREFIX = ".async_render_movie_"
"""The beginning of the names of the folders in which the pictures of a movie wait for its encoding."""

LOCK = ".lock"
"""The name of the file that is locked as long as the process of its folder lives. It has the name of its computer."""

KEPT = ".kept"
"""The name of a file in a folder that nobody removes: the user was told of the files in it."""

MARKS = "marks.json"
"""The name of the file that lists empty files beside the folder, by their names: they go with it while they are empty.
"""

LARGEST_MARKS = 1 << 26
"""Bytes of the file of marks that are read: 200,000 of the longest names."""

GRACE = 86_400.0
"""Seconds for which a folder is left alone since its last change where a lock says nothing: its process is about to
lock it, its disk has no locks, or another computer has made it. On some disks that computers share, as sshfs, a lock
counts on its own computer only.
"""

HOST_NAME = 256
"""Bytes of the longest name of a computer."""

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _held(_folder: Path) -> int | None:
        return None  # Windows opens no folder
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _held(folder: Path) -> int | None:
        """Open a folder, and lock it. systemd-tmpfiles removes what is older than ten days in `/tmp`, but nothing below
        such a lock (tried with systemd 252); the lock of a file in the folder does not count."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # some disks of other computers have no locks
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return descriptor


class LockedFolder:
    """A new folder that only this user can read. The end of its `with` block removes it, with all that is in it.

    Attributes:
        path: the folder.

    Example:
        >>> with LockedFolder(Path("/renders"), ".async_render_frames_") as folder:
        ...     (folder / "0001.png").write_bytes(picture)
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        """Make the folder.

        Args:
            parent: the folder in which it is made, which exists.
            prefix: the beginning of its name, by which `remove_abandoned` finds it.
        """
        maker = f"{_digest_of_this_computer()}_{os.getpid()}_"
        self.path = Path(tempfile.mkdtemp(prefix=f"{prefix}{maker}", dir=parent))
        self._held: int | None = None
        try:
            self._held = _held(self.path)
            self._lock_file = (self.path / LOCK).open("wb", buffering=0)
        except OSError:  # the disk has become full
            self._let_go()
            self.path.rmdir()
            raise
        _living.add(self)
        try:
            _lock(self._lock_file)
            self._lock_file.write(_this_computer())
        except OSError:  # some disks of other computers have no locks
            self._lock_file.close()
            (self.path / LOCK).unlink()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def is_there(self) -> bool:
        """Whether the folder is still there. A user or a program may remove it, and another user may take its name."""
        try:
            status = self.path.lstat()
            return S_ISDIR(status.st_mode) and (self._held is None or os.path.samestat(status, os.fstat(self._held)))
        except OSError:
            return False

    def mark(self, files: Iterable[Path]) -> None:
        """Make those of the files beside the folder that are missing. They go with it while they are empty."""
        missing = [file for file in files if not file.exists()]
        (self.path / MARKS).write_text(json.dumps([file.name for file in missing]), encoding="utf-8")
        for file in missing:
            file.touch()

    def remove(self) -> None:
        """Remove the folder with all that is in it; a second call does nothing, or a call after `keep`."""
        if self in _living:
            self._release()
            remove_folder(self.path)

    def keep(self) -> None:
        """Leave the folder with all that is in it for good: the user was told of it."""
        with suppress(OSError):
            (self.path / KEPT).touch()
        self._release()

    def leave(self) -> None:
        """Leave the folder to the user for a day, `GRACE`: the first process that looks for such folders later removes
        it."""
        self._release()
        (self.path / LOCK).unlink(missing_ok=True)

    def _release(self) -> None:
        self._lock_file.close()  # Windows removes no open file
        self._let_go()
        _living.discard(self)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            os.close(held)


def _this_computer() -> bytes:
    return os.fsencode(platform.node())


def _digest_of_this_computer() -> str:
    return sha256(_this_computer()).hexdigest()[:8]


_living: set[LockedFolder] = set()
"""The folders of this process that were not removed yet."""


def remove_living() -> None:
    """Remove all folders of this process, which ends although it works with them. Any thread may call this."""
    for folder in tuple(_living):
        folder.remove()


def _nothing_to_rescue(_folder: Path) -> None:
    """Do nothing: what is in the folder can be rendered again."""


def remove_abandoned(parent: Path, prefix: str, rescue: Callable[[Path], object] = _nothing_to_rescue) -> list[Path]:
    """Remove the folders that dead processes have left, and return them.

    Folders of other users stay, and those whose process lives.

    Args:
        parent: the folder in which they were made.
        prefix: the beginning of their names.
        rescue: called with each folder before it is removed.
    """
    found: list[Path] = []
    with suppress(FileNotFoundError), os.scandir(parent) as entries:
        found = [Path(entry.path) for entry in entries if entry.name.startswith(prefix) and _is_ours(entry)]
    abandoned = [folder for folder in found if _is_abandoned(folder, prefix)]
    for folder in abandoned:
        rescue(folder)
        remove_folder(folder)
    return abandoned


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it, and the empty files beside it that it has marked."""
    for name in _marks(folder):
        file = folder.parent / name
        with suppress(OSError, ValueError):  # ValueError: no disk has such a name; a forged list may
            if file.name == name and not file.lstat().st_size:
                file.unlink()
    _remove_all_but_the_lock(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_all_but_the_lock(folder: Path) -> None:
    """Remove what is in a folder; its lock goes last. A process that is killed meanwhile leaves a folder that can be
    locked, or an empty one: both are known as abandoned."""
    if not shutil.rmtree.avoids_symlink_attacks:  # Windows: nothing is removed by its place in an open folder
        return
    with suppress(OSError):  # the folder is gone, or is none
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            with os.scandir(descriptor) as entries:
                for entry in [*entries]:
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.name, ignore_errors=True, dir_fd=descriptor)
                    elif entry.name != LOCK:
                        os.unlink(entry.name, dir_fd=descriptor)
        finally:
            os.close(descriptor)


def _marks(folder: Path) -> list[str]:
    try:
        with _opened(folder / MARKS) as marks:
            names = json.loads(marks.read(LARGEST_MARKS))
    except (OSError, ValueError, RecursionError):  # none, or half of them before the first mark, or forged ones
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        owner = entry.stat(follow_symlinks=False).st_uid
    except FileNotFoundError:  # its process has just removed it
        return False
    return entry.is_dir(follow_symlinks=False) and (sys.platform == "win32" or owner == os.getuid())


def _is_abandoned(folder: Path, prefix: str) -> bool:
    if (folder / KEPT).exists():
        return False
    try:
        with _opened(folder / LOCK) as lock:
            _lock(lock)
            computer = lock.read(HOST_NAME)
            is_from_here = computer == _this_computer() or (not computer and _maker_is_gone(folder, prefix))
    except FileNotFoundError:
        is_from_here = _is_empty(folder) and _maker_is_gone(folder, prefix)
    except OSError:  # its process lives, or the folder is not one of ours
        return False
    return is_from_here or _age(folder) > GRACE


def _opened(file: Path) -> IO[bytes]:
    """Open a file of such a folder. The folder may be forged: a pipe would wait for ever, and a link leads elsewhere.

    Raises:
        OSError: there is no such file, or it is no regular one.
    """
    if not S_ISREG(file.lstat().st_mode):
        raise OSError(errno.EINVAL, "is a link, a device, a pipe or a folder", str(file))
    return file.open("r+b", buffering=0)


def _is_empty(folder: Path) -> bool:
    with suppress(FileNotFoundError):  # its process has just removed it
        return not any(folder.iterdir())
    return False


def _maker_is_gone(folder: Path, prefix: str) -> bool:
    """Return whether the process that made a folder here was killed before it had locked the folder."""
    maker = re.match(r"([0-9a-f]{8})_([0-9]{1,9})_", folder.name.removeprefix(prefix))
    # On Windows `os.kill` has no signal that only asks.
    if maker is None or maker[1] != _digest_of_this_computer() or sys.platform == "win32":
        return False
    try:
        os.kill(int(maker[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # a process of another user has the number
        return False
    return False


def _age(folder: Path) -> float:
    """Return the seconds since the last change of the folder or of a file in it: a movie grows for days."""
    times = []
    with suppress(FileNotFoundError):  # its process has just removed it
        for path in (folder, *folder.iterdir()):
            with suppress(FileNotFoundError):
                times.append(path.stat().st_mtime)
    return time() - max(times) if times else 0.0
