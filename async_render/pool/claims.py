"""Claims on output files: two pools that write the same files are refused, also of two processes.

A claim is a small file in a folder of the user's, below the system's folder for temporary files. Its owner holds a lock
on the file as long as the claim lasts. The system drops the lock when the process ends, however it ends. So a claim
whose file can be locked has no owner any more, and is removed. Two pools may share a folder, and even a name, as long
as no frame belongs to both.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO
from unicodedata import normalize

from ..output.frame_files import FilePattern
from ..render.errors import RenderError
from ..render.frame_list import FrameList
from ..work.shapes import WireError, fields, row, text, whole
from ..work.wire import frames_from_text, frames_to_text

REGISTRY = "registry"
"""Name of the file whose lock is held while claims are compared, so that only one process compares at a time."""

REGISTRY_TIMEOUT = 20.0
"""Seconds that a process waits for that lock. To compare a thousand claims takes less than one."""

LARGEST = 1 << 20
"""Bytes of a claim that are read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The files that a pool will write.

    Attributes:
        patterns: the files of each view, without their frame's number.
        frames: the frames.
    """

    patterns: Sequence[FilePattern]
    frames: FrameList

    @property
    def names(self) -> frozenset[str]:
        """The patterns as texts that are equal where a disk takes the files for the same. Most disks of Windows and
        macOS ignore case and accents."""
        return frozenset(_name(pattern) for pattern in self.patterns)


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

    def release(self) -> None:
        """Give the files free. A second call does nothing."""
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
        RenderError: another pool writes one of these files.
    """
    folder = folder_of_claims() if folder is None else folder
    with _registry(folder):
        _refuse_taken(claim, folder)
        handle, name = tempfile.mkstemp(suffix=".claim", dir=folder)
        opened = os.fdopen(handle, "r+b", buffering=0)
        _lock(opened)
        opened.write(_to_json(claim))
    return HeldClaim(opened, Path(name))


def _refuse_taken(claim: Claim, folder: Path) -> None:
    """Raise an error for the first claim of others on one of these files. Claims without an owner are removed."""
    for file in sorted(folder.glob("*.claim")):
        with suppress(FileNotFoundError), file.open("r+b", buffering=0) as opened:
            if _lock(opened):
                opened.close()
                file.unlink()
                continue
            owner, other = _from_json(opened)
            pattern = next((item for item in claim.patterns if _name(item) in other.names), None)
            both = None if pattern is None else _first_of_both(pattern, claim.frames, other.frames)
            if pattern is not None and both is not None:
                who = "this process" if owner == os.getpid() else f"the process {owner}"
                raise RenderError(
                    f"{pattern.path(both)}: another pool, of {who}, is writing this file: wait for it, or choose "
                    "another output path or other frames",
                    frame=both,
                )


def _first_of_both(pattern: FilePattern, frames: FrameList, others: FrameList) -> int | None:
    """Return a frame whose file is in both claims. Ranges are compared first: a timeline may have a million frames."""
    if pattern.width is None:  # all frames go into one file
        return frames[0]
    for item in frames.ranges:
        for other in others.ranges:
            both = range(max(item[0], other[0]), min(item[-1], other[-1]) + 1)
            found = next((frame for frame in both if frame in item and frame in other), None)
            if found is not None:
                return found
    return None


def _name(pattern: FilePattern) -> str:
    number = "" if pattern.width is None else "#"
    name = (
        f"{os.path.realpath(os.path.dirname(pattern.before))}/{os.path.basename(pattern.before)}{number}{pattern.after}"
    )
    return normalize("NFC", name).casefold()


def _to_json(claim: Claim) -> bytes:
    patterns = [[item.before, "" if item.width is None else str(item.width), item.after] for item in claim.patterns]
    return json.dumps({"pid": os.getpid(), "patterns": patterns, "frames": frames_to_text(claim.frames)}).encode()


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
    except (ValueError, WireError, OSError):
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
