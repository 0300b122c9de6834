"""Claims on output files: two pools that write the same files are refused, also of two processes.

A pool claims the files of an animation. A worker claims those of a still, a movie, a sound or a bake: only the worker
knows their paths.

A claim is a small file in a folder of the user's, below the system's folder for temporary files. Its owner holds a lock
on the file as long as the claim lasts. The system drops the lock when the process ends, however it ends. So a claim
whose file can be locked has no owner any more, and is removed. Two pools may share a folder, and even a name, as long
as no frame belongs to both.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO
from unicodedata import normalize

from ...output.frame_files import FilePattern
from ...output.temporary_folders import using
from ...render.errors import RenderError
from ...render.frame_list import FrameList
from ...render.frames import frames_text
from ...work.shapes import WireError, fields, row, text, whole
from ...work.wire import frames_from_text
from ..worker_process.program import is_worker

REGISTRY = "registry"
"""Name of the file whose lock is held while claims are compared, so that only one process compares at a time."""

REGISTRY_TIMEOUT = 20.0
"""Seconds that a process waits for that lock. To compare a thousand claims takes less than one."""

LARGEST = 1 << 26
"""Bytes of a claim that are read: half a million ranges of frames have nine megabytes."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The files that a pool will write.

    Attributes:
        patterns: the files of each view, without their frame's number.
        frames: the frames.
    """

    patterns: Sequence[FilePattern]
    frames: FrameList

    @classmethod
    def of_files(cls, files: Iterable[Path]) -> Claim:
        """Return a claim on single files, whose names have no frame's number."""
        return cls([FilePattern(str(file), None, "") for file in files], FrameList([range(1)]))

    def first_of_both(self, other: Claim) -> tuple[Path, int | None] | None:
        """Return a file of this claim that is in the other claim, too, and its frame if its name has one; None: there
        is no such file."""
        others = [_folded(pattern) for pattern in other.patterns]
        for pattern in self.patterns:
            name = _folded(pattern)
            for theirs in others:
                frame = _frame_of_both(name, self.frames, theirs, other.frames)
                if frame is not None:
                    return pattern.path(frame), None if pattern.width is None else frame
        return None


def folder_of_claims() -> Path:
    """Return the folder of this user's claims, which is made where there is none.

    Raises:
        RenderError: the folder belongs to somebody else, who could read and remove claims there.
    """
    if sys.platform == "win32":
        user = os.environ.get("USERNAME", "")
    else:
        user = str(os.getuid())
    folder = Path(tempfile.gettempdir()) / f"async_render_claims_{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise RenderError(f"{folder}: {error.strerror}; set TMPDIR to a folder that you may write to") from error
    if sys.platform != "win32" and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        raise RenderError(f"{folder} can be changed by another user: remove it, or set TMPDIR to another folder")
    return folder


class HeldClaim:
    """A claim that is held until its release, or until the end of this process."""

    def __init__(self, opened: BinaryIO, file: Path) -> None:
        self._opened = opened
        self._file = file

    def write(self, claim: Claim) -> None:
        """Write what is claimed. From now on others read it."""
        _lock(self._opened)
        self._opened.write(_to_json(claim))

    def release(self) -> None:
        """Let others write the files. A second call does nothing."""
        for is_closed in (False, True):  # Windows removes no open file
            if is_closed:
                self._opened.close()
            with suppress(OSError):
                self._file.unlink()


def take_claim(claim: Claim, folder: Path | None = None) -> HeldClaim:
    """Claim files. The call may wait for other processes that compare claims, so call it on a worker thread.

    Args:
        claim: the files.
        folder: the folder of claims; None: the user's.

    Raises:
        RenderError: another pool writes one of these files, or the disk takes no claim.
    """
    folder = folder_of_claims() if folder is None else folder
    with using(folder), _registry(folder):
        _refuse_taken(claim, folder)
        handle, name = tempfile.mkstemp(suffix=".claim", dir=folder)
        held = HeldClaim(os.fdopen(handle, "r+b", buffering=0), Path(name))
        try:
            held.write(claim)
        except OSError:  # the disk has become full
            held.release()
            raise
    return held


def _refuse_taken(claim: Claim, folder: Path) -> None:
    """Raise an error for the first claim of others on one of these files. Claims without an owner are removed."""
    for path in sorted(folder.glob("*.claim")):
        with suppress(FileNotFoundError), path.open("r+b", buffering=0) as opened:
            if _lock(opened):
                opened.close()
                path.unlink()
                continue
            owner, other = _from_json(opened)
            both = claim.first_of_both(other)
            if both is not None:
                file, frame = both
                who = "this process" if owner == _process_of_the_pool() else f"the process {owner}"
                raise RenderError(
                    f"{file}: another pool, of {who}, is writing this file: wait for it, or choose another output "
                    "path or other frames",
                    frame=frame,
                )


def _frame_of_both(name: FilePattern, frames: FrameList, other: FilePattern, others: FrameList) -> int | None:
    """Return a frame of the first claim whose file is in the second one, too."""
    if name.width is None and other.width is None:  # all frames go into one file
        return frames[0] if name.before == other.before else None
    if name.width is None:
        return frames[0] if _number_in(name.before, other) in others else None
    if other.width is None:
        number = _number_in(other.before, name)
        return number if number in frames else None
    return _first_common(frames, others) if (name.before, name.after) == (other.before, other.after) else None


def _number_in(path: str, pattern: FilePattern) -> int | None:
    """Return the frame whose file has this path; None: it is no frame's."""
    if len(path) < len(pattern.before) + len(pattern.after):
        return None
    if not (path.startswith(pattern.before) and path.endswith(pattern.after)):
        return None
    number = path[len(pattern.before) : len(path) - len(pattern.after)]
    return int(number) if _INTEGER.fullmatch(number) else None


_INTEGER = re.compile(r"-?[0-9]{1,300}")
"""The number of a frame in a name. Python reads no numbers of more than 4,300 digits."""


def _first_common(frames: FrameList, others: FrameList) -> int | None:
    """Return a frame of both lists. Each range is compared with its neighbours: a timeline may have a million frames,
    and a resumed render as many gaps."""
    ranges, rest = list(reversed(frames.ranges)), list(reversed(others.ranges))
    while ranges and rest:
        item, other = ranges[-1], rest[-1]
        both = range(max(item[0], other[0]), min(item[-1], other[-1]) + 1)
        found = next((frame for frame in both if frame in item and frame in other), None)
        if found is not None:
            return found
        (ranges if item[-1] < other[-1] else rest).pop()
    return None


def _folded(pattern: FilePattern) -> FilePattern:
    """Return a pattern that is equal where a disk takes the files for the same. Most disks of Windows and macOS ignore
    case and accents."""
    folder = os.path.realpath(os.path.dirname(pattern.before))
    before = f"{folder}{os.sep}{os.path.basename(pattern.before)}"
    return FilePattern(_folded_text(before), pattern.width, _folded_text(pattern.after))


def _folded_text(text: str) -> str:
    return normalize("NFC", text).casefold()


def _process_of_the_pool() -> int:
    """Return the number of the process that has the pool: a worker claims files for its parent."""
    return os.getppid() if is_worker() else os.getpid()


def _to_json(claim: Claim) -> bytes:
    patterns = [[item.before, "" if item.width is None else str(item.width), item.after] for item in claim.patterns]
    return json.dumps(
        {"pid": _process_of_the_pool(), "patterns": patterns, "frames": frames_text(claim.frames)}
    ).encode()


def _from_json(opened: BinaryIO) -> tuple[int, Claim]:
    """Return the owner and the claim. A claim that cannot be read is one of another version, and claims nothing."""
    try:
        data = fields(
            "claim", json.loads(opened.read(LARGEST)), {"pid": whole, "patterns": row(row(text)), "frames": text}
        )
        patterns = [
            FilePattern(before, int(width) if width else None, after) for before, width, after in data["patterns"]
        ]
        return data["pid"], Claim(patterns, frames_from_text(data["frames"]))
    except (ValueError, WireError, OSError, RecursionError):
        return 0, Claim((), FrameList())


@contextmanager
def _registry(folder: Path) -> Iterator[None]:
    """Hold the lock of the registry inside the `with` block."""
    deadline = monotonic() + REGISTRY_TIMEOUT
    with (folder / REGISTRY).open("a+b") as opened:
        while not _lock(opened):
            if monotonic() > deadline:
                raise RenderError(
                    f"{folder / REGISTRY} has been locked by another process for {REGISTRY_TIMEOUT:g} s: "
                    "end the Blender that hangs, or remove the file"
                )
            sleep(0.02)
        yield


if sys.platform == "win32":
    import msvcrt

    _BYTE = 1 << 30
    """The byte that is locked, far behind the content: a locked byte cannot be read by others."""

    def _lock(opened: BinaryIO) -> bool:
        """Lock an open file, unless another process has locked it. (Written by the documentation, and never tried.)"""
        place = opened.tell()
        opened.seek(_BYTE)
        try:
            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            opened.seek(place)
        return True

else:
    import fcntl

    def _lock(opened: BinaryIO) -> bool:
        """Lock an open file, unless another process has locked it. Return whether this one has the lock now."""
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
