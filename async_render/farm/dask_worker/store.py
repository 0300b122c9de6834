"""Contents of files that have come to this machine, each once: a second job of the same content receives nothing.

    objects/ab/abcd…   the contents, each under its SHA-256
    jobs/.job_…/       a job's folder, which its process has locked; `files/` is laid out as the manifest says

A job's files are hard links to the contents, so a content that a job uses stays alive, whoever cleans meanwhile. Where
a disk has no hard links, files are copies.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from stat import S_ISREG
from time import time_ns
from types import TracebackType

from ...output.locked_folders import LockedFolder, remove_abandoned
from ...render.errors import RenderError
from ..shipping.cache_folder import cache_folder, private_folder
from ..shipping.manifest import Entry, Manifest
from ..shipping.pieces import ReceivedFile, cannot_write

LIMIT = 50_000_000_000
"""Bytes of contents that are kept for later jobs. Those that jobs use now stay beyond that."""

JOB_PREFIX = ".job_"

STAMP = 1_000_000_000_000_000_000
"""Nanoseconds since the epoch: the time of change of each content. A program that writes to one betrays itself."""


class Store:
    """The contents on this machine, for all processes of this user.

    Args:
        folder: where they are; None: in the user's cache folder.
        limit: bytes that are kept for later jobs.

    Example:
        >>> with Store().job(manifest) as job:
        ...     for digest in job.missing:
        ...         received = job.receive(digest)
        ...         ...
        ...     blend = job.complete()
    """

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        self.folder = folder or cache_folder() / "farm"
        self.limit = limit
        self._objects = self.folder / "objects"
        self._jobs = self.folder / "jobs"
        self._make_folders()

    def _make_folders(self) -> None:
        """Make the folders: before each job, since users empty their caches."""
        for folder in (self.folder, self._objects, self._jobs):
            private_folder(folder)

    def object_path(self, digest: str) -> Path:
        """Return where a content is, or would be."""
        return self._objects / digest[:2] / digest

    def has(self, digest: str, size: int) -> bool:
        """Return whether a content is there and unchanged, and count it as used now. A changed one is removed."""
        path = self.object_path(digest)
        try:
            status = path.lstat()
            if S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (size, STAMP):
                os.utime(path, ns=(_now(path), STAMP))
                return True
            path.unlink()
        except OSError:  # it is not there, or another process has just removed it
            return False
        return False

    def job(self, manifest: Manifest) -> StoredJob:
        """Make the folder of a job, with all files whose contents are there already."""
        self._make_folders()
        remove_abandoned(self._jobs, JOB_PREFIX)
        self.clean()
        return StoredJob(self, manifest, self._jobs)

    def clean(self) -> None:
        """Remove contents that no job uses, the least recently used first, until the limit holds."""
        found = sorted(self._contents(), key=lambda item: item[1].st_atime_ns)
        total = sum(status.st_size for _, status in found)
        for path, status in found:
            if total <= self.limit:
                break
            if status.st_nlink < 2:
                with suppress(OSError):  # another process was first; Windows removes no open file
                    path.unlink()
                    total -= status.st_size

    def _contents(self) -> Iterable[tuple[Path, os.stat_result]]:
        for folder in self._objects.iterdir():
            with suppress(FileNotFoundError):
                for path in folder.iterdir():
                    with suppress(FileNotFoundError):
                        yield path, path.lstat()


class StoredJob:
    """A job's folder in the store. The end of its `with` block removes the folder; the contents stay for later.

    Attributes:
        manifest: the job's files.
        folder: the folder in which the files are laid out.
        missing: the digests of the contents that have to be sent.
    """

    def __init__(self, store: Store, manifest: Manifest, parent: Path) -> None:
        self.manifest = manifest
        self._store = store
        self._arriving: list[ReceivedFile] = []
        self._numbers = count(1)
        self._entries: dict[str, list[Entry]] = {}
        for entry in manifest.entries:
            self._entries.setdefault(entry.sha256, []).append(entry)
        try:
            self._locked = LockedFolder(parent, JOB_PREFIX)
        except OSError as error:
            raise cannot_write(parent, error) from error
        try:
            self.folder = self._locked.path / "files"
            self.missing = self._link_known()
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> StoredJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _link_known(self) -> set[str]:
        """Lay out the files whose contents are there, and return the digests of the others."""
        missing = set()
        for digest, size in self.manifest.sizes.items():
            if not self._store.has(digest, size):
                missing.add(digest)
                continue
            try:
                self._place(digest, self._store.object_path(digest))
            except FileNotFoundError:  # another process has just cleaned
                missing.add(digest)
            except OSError as error:
                raise cannot_write(self.folder, error) from error
        return missing

    def receive(self, digest: str) -> ReceivedFile:
        """Begin to receive a content. `keep` takes it when its last piece is there.

        Raises:
            RenderError: the job has no such content, or the disk has no room.
        """
        if digest not in self.missing:
            raise RenderError(f"sha256={digest!r}: this job needs no such content, or has it already")
        size = self.manifest.sizes[digest]
        try:
            free = shutil.disk_usage(self._locked.path).free
        except OSError as error:  # somebody has removed it
            raise cannot_write(self._locked.path, error) from error
        if free < size:
            raise RenderError(
                f"{self._store.folder} has {free:,} bytes free, and {self._entries[digest][0].name!r} needs {size:,}: "
                "free some space, or choose another folder"
            )
        path = self._locked.path / f"received_{next(self._numbers)}"
        self._arriving = [item for item in self._arriving if item.is_open]
        self._arriving.append(ReceivedFile(path, size, digest))
        return self._arriving[-1]

    def keep(self, received: ReceivedFile, digest: str) -> None:
        """Check a content that has arrived, give it to the job under all its names, and keep it for later jobs.

        Raises:
            RenderError: the content is not what was announced, or the disk is full.
        """
        path = received.finish()
        try:
            os.utime(path, ns=(_now(path), STAMP))
            if sys.platform != "win32":  # Windows removes no read-only file
                path.chmod(0o400)
            self._place(digest, path)
            target = self._store.object_path(digest)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(target)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            raise cannot_write(self.folder, error) from error
        self.missing.discard(digest)

    def _place(self, digest: str, content: Path) -> None:
        for entry in self._entries[digest]:
            target = self.folder / entry.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(content)
            except FileNotFoundError:
                raise
            except OSError:  # a disk without hard links, or with few for each file
                shutil.copyfile(content, target)
                os.utime(target, ns=(STAMP, STAMP))
                if sys.platform != "win32":
                    target.chmod(0o400)

    def complete(self) -> Path:
        """Return the .blend file of the job, which has all its files.

        Raises:
            RenderError: a content is missing.
        """
        if self.missing:
            names = sorted(entry.name for digest in self.missing for entry in self._entries[digest])
            raise RenderError(f"{len(names)} files of the job were not sent, {names[0]!r} is one: send the job again")
        main = self.folder / self.manifest.main
        if not main.is_file():
            raise RenderError(f"{main} is gone: somebody has removed it while the job was sent; send the job again")
        return main

    def check_there(self) -> None:
        """Refuse frames of a job whose folder is gone: Blender makes the folder again, and renders without textures.

        Raises:
            RenderError: the folder is gone.
        """
        if not self._locked.is_there:
            raise RenderError(
                f"{self._locked.path} is gone: somebody has removed the job's files while they were rendered; open the "
                "farm again, and the files are sent again"
            )

    def remove(self) -> None:
        """Remove the job's folder; a second call does nothing."""
        while self._arriving:
            self._arriving.pop().remove()
        self._locked.remove()


def _now(path: Path) -> int:
    """Return nanoseconds since the epoch, never less than the file's own: a clock may be set back."""
    return max(time_ns(), path.lstat().st_atime_ns)
