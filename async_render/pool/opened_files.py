"""The files that the workers of a pool open: one .blend file, or snapshots of the session."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from ..render.errors import RenderError
from ..work.session import Program, Session, Snapshot, current_session, own_program
from .crew.errands import Load
from .pool_options import PoolOptions

SESSION = "session"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that workers open, for one call.

    Attributes:
        load: what workers need to know.
        name: what the user calls the file; the same for all snapshots of a session.
        snapshot: the snapshot; None: the file is the user's.
    """

    load: Load
    name: str
    snapshot: Snapshot | None = None


class OpenedFiles:
    """The files of a pool. The newest snapshot is kept between two calls: nothing is saved while nothing changes."""

    def __init__(self, options: PoolOptions) -> None:
        self._blender = options.blender
        self._file = options.file
        self._unused: list[Snapshot] = []
        self._lock = threading.Lock()

    def program(self) -> Program:
        """Return the program of the workers.

        Raises:
            RenderError: the file cannot be read. Or no file or program is named, and this process has no Blender.
        """
        if self._file is not None:
            _of_file(self._file)
        else:
            self._session()
        if self._blender is not None:
            return Program.at(self._blender)
        return own_program() or self._session().program()

    async def opened(self) -> OpenedFile:
        """Return the file for a new call. Called on the main thread, if the session is what is rendered."""
        if self._file is not None:
            return _of_file(self._file)
        return self._of_snapshot(await self._session().snapshot())

    def opened_here(self) -> OpenedFile:
        """Return the file for a new call of plain code."""
        if self._file is not None:
            return _of_file(self._file)
        session = self._session()
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                "BlenderPool.submit() was called on a thread, which cannot save the session: call it on the main "
                "thread, or give BlenderPool(file=…)"
            )
        return self._of_snapshot(session.snapshot_now())

    def release(self, file: OpenedFile) -> None:
        """Record that a call is over. Its snapshot is kept until there is a newer one."""
        if file.snapshot is not None:
            with self._lock:
                self._unused.append(file.snapshot)

    def release_all(self) -> None:
        """Release all snapshots: the pool is closed."""
        with self._lock:
            unused, self._unused = self._unused, []
        for snapshot in unused:
            snapshot.release()

    def _of_snapshot(self, snapshot: Snapshot) -> OpenedFile:
        self.release_all()
        load = Load(snapshot.file, snapshot.key, snapshot.folder, snapshot.use_scripts)
        return OpenedFile(load, SESSION, snapshot)

    def _session(self) -> Session:
        session = current_session()
        if session is None:
            raise RenderError(
                "this process has no Blender: write BlenderPool(blender='/path/to/blender', file='shot.blend')"
            )
        return session


def _of_file(file: Path) -> OpenedFile:
    try:
        status = file.stat()
        with file.open("rb"):
            pass
    except OSError as error:
        message = f"file={str(file)!r} cannot be read: {error.strerror}; give the path of a .blend file"
        raise RenderError(message) from error
    return OpenedFile(Load(file, f"{file}|{status.st_mtime_ns}|{status.st_size}"), str(file))
