"""The files of a farm's .blend file, gathered once for all workers to which they are shipped."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from ...loop.shielded import cancel_and_wait
from ...work.session import Program, own_program
from .assets import Assets, gather

MOST_KEPT = 2
"""Number of files whose lists are kept: the one that is rendered, and the one before."""


class Gathering:
    """The lists of the files that were gathered, by the keys of their .blend files. All belongs to one loop.

    Args:
        program: lists the files; None: blender-asset-tracer does.

    Attributes:
        count: how often files were gathered.
    """

    def __init__(self, program: Program | None) -> None:
        self.count = 0
        self._program = program
        self._known: dict[str, Assets] = {}
        self._running: dict[str, asyncio.Task[Assets]] = {}
        self._waiting: dict[str, int] = {}

    async def assets_of(self, file: Path, key: str, /, *, is_snapshot: bool) -> Assets:
        """Return the files that a file needs: those of the first call, as long as none of them has changed.

        Args:
            file: the .blend file.
            key: a text that differs whenever its content differs.
            is_snapshot: whether the file is a snapshot of the session, which has further files beside it.

        Raises:
            RenderError: as `gather`.
        """
        known = self._known.get(key)
        if known is not None:
            if await asyncio.to_thread(known.is_unchanged):
                return known
            if self._known.get(key) is known:
                del self._known[key]
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._gathered(file, key, is_snapshot=is_snapshot))
        task = self._running[key]
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
                self._running.pop(key, None)
                await cancel_and_wait(task)  # all who have waited were cancelled; else nothing is left to do

    async def _gathered(self, file: Path, key: str, *, is_snapshot: bool) -> Assets:
        self.count += 1
        beside = await asyncio.to_thread(_beside, file) if is_snapshot else ()
        assets = await gather(file, self._program, beside=beside)
        while len(self._known) >= MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[key] = assets
        return assets


def listing_program(blender: Path | None) -> Program | None:
    """Return the program of this machine that lists files; None: it has none, and blender-asset-tracer has to.

    It is the Blender that the user names, if this machine has it; that of this process; the module `bpy` of this
    Python, which another process imports; or the Blender on PATH.
    """
    if blender is not None and blender.is_file():
        return Program.at(blender)
    own = own_program()
    if own is not None:
        return own
    found = shutil.which("blender")
    return None if found is None else Program("blender", Path(found))


def _beside(file: Path) -> Sequence[Path]:
    """Return the other files of a snapshot: the pixels that no file has yet."""
    return [item for item in sorted(file.parent.iterdir()) if item != file and item.is_file() and not item.is_symlink()]
