"""Looking at the files of the frames that were written, on a thread, while Blender renders the next ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import bpy

from ...loop.shielded import ended
from ...render.progress import Frame
from ..host.long_work import call_in_worker_thread

Damaged: TypeAlias = "Mapping[Path, str]"
"""Files that are not whole, each with what is wrong with it."""


class FrameLooks:
    """Frames whose files are looked at, one batch after the other, and told of in their order.

    To look at a picture takes milliseconds, and 0.1 s where it has 100 MB: too long for a window's main thread. Without
    a window the render keeps the main thread itself, and a thread's answer would wait for the end of the next frame:
    there each is looked at at once.
    """

    def __init__(
        self, look: Callable[[Sequence[Path]], dict[Path, str]], told: Callable[[Frame, Damaged], None]
    ) -> None:
        """Begin.

        Args:
            look: says what is wrong with which files; called on a thread.
            told: called on the main thread with each frame, and those of its files that are not whole.
        """
        self._look = look
        self._told = told
        self._waiting: list[Frame] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, frame: Frame) -> None:
        """Look at this one, too."""
        if bpy.app.background:
            self._told(frame, self._look(frame.files))
            return
        self._waiting.append(frame)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(), name="async_render looks")

    async def _work(self) -> None:
        try:
            while self._waiting:
                frames, self._waiting = self._waiting, []
                for frame, damaged in await call_in_worker_thread(self._look_at_all, frames):
                    self._told(frame, damaged)
        finally:
            self._task = None

    def _look_at_all(self, frames: Sequence[Frame]) -> list[tuple[Frame, Damaged]]:
        return [(frame, self._look(frame.files)) for frame in frames]

    async def finished(self) -> None:
        """Wait until all have been told of."""
        if self._task is not None:
            task = self._task
            await ended(task)
            task.result()

    def cancel(self) -> None:
        """Tell of no more."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
