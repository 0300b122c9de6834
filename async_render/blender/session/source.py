"""The session of this process, as pools take it: `work/session.py` has the seam.

A snapshot is a copy of the session in a private folder. It is saved anew for each call: nothing in Blender counts every
change (a value that Python sets leaves no trace, and `bpy.data.is_dirty` misses it). Where the new copy has the same
content it gets the same key, and workers that have it loaded load nothing. Calls of one turn share one copy.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import bpy

from ...output.locked_folders import LockedFolder, remove_abandoned
from ...output.temporary_folders import SESSION_PREFIX, folder_in, temporary_folder, using
from ...work.session import Program
from ..host.host import get_host, host_in_use
from ..host.long_work import call_in_worker_thread
from ..kinds.blocked_scripts import user_allows_scripts
from ..paths import absolute
from .snapshot_file import digest_of, save_copy, session_folder
from .unsaved_pixels import put_pixels

log = logging.getLogger("async_render")

_OPTIONS = {
    "--factory-startup": 0,
    "--addons": 1,
    "--app-template": 1,
    "--offline-mode": 0,
    "--online-mode": 0,
    "--gpu-backend": 1,
}
"""The options of Blender's command line that workers get, too, each with the number of its values."""


class SnapshotFile:
    """A copy of the session that other processes can open.

    Attributes:
        file: the copy.
        key: a text that differs whenever the content differs.
        folder: the folder that `//` means in output paths.
        use_scripts: whether the file may run its own scripts: as the user lets files run them.
        users: how many have taken the copy and not released it.
    """

    def __init__(self, file: Path, key: str, folder: Path, use_scripts: bool) -> None:
        self.file = file
        self.key = key
        self.folder: Path | None = folder
        self.use_scripts = use_scripts
        self.users = 0

    def release(self) -> None:
        """Say that the file is not needed any more. The last release removes it."""
        self.users -= 1
        self.remove_unused()

    def remove_unused(self) -> None:
        """Remove the file if nobody has it."""
        if self.users < 1:
            shutil.rmtree(self.file.parent, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Saved:
    """A copy that has just been saved, and the facts of that moment."""

    file: Path
    folder: Path
    use_scripts: bool

    def key(self) -> str:
        """Return the copy's key. A worker thread may call this.

        The private folder belongs to it: who has opened a copy reads beside it later, as caches of simulations. Where
        the folder is gone, the same content in a new folder has to be opened again.

        Raises:
            RenderError: the copy is gone.
        """
        new = self.file.parent
        with using(new):
            return digest_of(new, f"{self.folder}\0{self.use_scripts}\0{new.parent}")


class _Saving:
    """A copy that is being saved.

    Attributes:
        task: the task that saves it.
        callers: how many wait for it.
        is_over: whether each caller counts as a user of the copy.
    """

    def __init__(self) -> None:
        self.task: asyncio.Task[SnapshotFile] | None = None
        self.callers = 0
        self.is_over = False


class BlenderSession:
    """The session of this process."""

    def __init__(self) -> None:
        self._private: LockedFolder | None = None
        self._snapshots: dict[str, SnapshotFile] = {}
        """The copies that somebody has, by their keys."""
        self._next: _Saving | None = None
        """The copy that the next turn saves."""

    def program(self) -> Program:
        """Return this Blender, or this Python with the module `bpy`.

        A worker has the user's saved preferences, with their add-ons and devices; those that were changed since are not
        among them.
        """
        path: str = bpy.app.binary_path
        if not path:
            return Program("python", Path(sys.executable))
        return Program("blender", Path(path), (*passed_on(sys.orig_argv[1:]), "-y" if user_allows_scripts() else "-Y"))

    def absolute(self, path: str) -> str:
        """Return the absolute path that a path means in the session."""
        return str(absolute(path))

    async def snapshot(self) -> SnapshotFile:
        """Return the session as it is now, unsaved changes included.

        The handlers of add-ons for `save_pre` and `save_post` run. The session's path, undo and unsaved changes stay.

        Raises:
            RenderError: no copy can be saved.
        """
        if self._next is None:
            self._next = _Saving()
            self._next.task = asyncio.ensure_future(self._saved(self._next))
        saving = self._next
        assert saving.task is not None
        saving.callers += 1
        try:
            return await asyncio.shield(saving.task)
        except asyncio.CancelledError:
            saving.callers -= 1
            if saving.is_over:
                saving.task.result().release()
            raise

    def snapshot_now(self) -> SnapshotFile:
        """Return the session as it is now, for code that is not async: nothing else happens meanwhile.

        Raises:
            RenderError: no copy can be saved.
        """
        saved = self._save()
        snapshot = self._kept(saved, saved.key())
        snapshot.users += 1
        return snapshot

    async def _saved(self, saving: _Saving) -> SnapshotFile:
        def save() -> _Saved:
            self._next = None  # whoever asks from now on may have changed something
            return self._save()

        try:
            saved = await get_host().call_between_ticks(save)
        except BaseException:
            self._next = None
            raise
        key = await call_in_worker_thread(saved.key)
        snapshot = self._kept(saved, key)
        snapshot.users += saving.callers
        saving.is_over = True
        snapshot.remove_unused()  # all callers were cancelled
        return snapshot

    def _save(self) -> _Saved:
        folder = self._new_folder()
        try:
            return _Saved(save_copy(folder), session_folder(), user_allows_scripts())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _kept(self, saved: _Saved, key: str) -> SnapshotFile:
        """Return the copy with this key: the older one that has the same content, or the one that was saved now."""
        new = saved.file.parent
        # The same path for the same content: a worker may still read from there. Relative paths stay right.
        target = new.with_name(key)
        snapshot = self._snapshots.get(key)
        if snapshot is None or snapshot.users < 1:
            snapshot = SnapshotFile(target / saved.file.name, key, saved.folder, saved.use_scripts)
        with using(new):
            if all(os.path.lexists(target / file.name) for file in new.iterdir()):
                shutil.rmtree(new, ignore_errors=True)
            else:  # there is none, or a program has removed a part of it
                shutil.rmtree(target, ignore_errors=True)
                new.rename(target)
        self._snapshots = {
            item.key: item for item in (*self._snapshots.values(), snapshot) if item.users or item is snapshot
        }
        return snapshot

    def scene_name(self) -> str:
        """Return the name of the active scene."""
        scene: Any = bpy.context.scene
        name: str = scene.name
        return name

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Let Blender's main loop call a function soon. Any thread may call this.

        Returns:
            Whether it will be called: without a window nobody turns a main loop.
        """
        is_main = threading.current_thread() is threading.main_thread()
        host = get_host() if is_main else host_in_use()
        if host is None or host.is_headless or host.loop.is_closed():
            return False
        host.loop.call_soon_threadsafe(function)
        return True

    def receive_baked(self, images: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """Give images of the session the pixels that a worker has baked.

        Raises:
            RenderError: an image is gone, or its pixels are not complete.
        """
        put_pixels(images, folder)

    def close(self) -> None:
        """Remove all copies, whoever has them."""
        if self._private is not None:
            self._private.remove()
            self._private = None
            self._snapshots.clear()
            atexit.unregister(self.close)

    def _new_folder(self) -> Path:
        """Return a new folder for a copy.

        Raises:
            RenderError: the disk takes no folder.
        """
        if self._private is not None and not self._private.is_there:
            log.warning(
                "%s is gone: a program has removed it; the session is saved into a new folder", self._private.path
            )
            self.close()  # the copies are gone, too
        if self._private is None:
            self._private = temporary_folder(SESSION_PREFIX)
            remove_abandoned(self._private.path.parent, SESSION_PREFIX)
            atexit.register(self.close)
        return folder_in(self._private)


def passed_on(arguments: list[str]) -> Iterator[str]:
    """Yield the options of a command line of Blender's that its workers need, too."""
    given = iter(list(takewhile(lambda argument: argument != "--", arguments)))
    for argument in given:
        if argument in _OPTIONS:
            yield argument
            yield from (next(given, "") for _ in range(_OPTIONS[argument]))


session = BlenderSession()
"""The session of this process."""
