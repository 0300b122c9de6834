"""Checks of the files of frames that are written, on a thread, while Blender renders the next frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import bpy

from ...loop.shielded import wait_until_done
from ...render.progress import Frame
from ..host.long_work import call_in_worker_thread

Damaged: TypeAlias = "Mapping[Path, str]"
"""Files that are not complete, each with its damage: the end of a sentence, as `is cut off after …`."""


class FrameChecks:
    """Frames whose files are checked, one batch after the other, and handed on in their order.

    The check of a picture takes milliseconds, and 0.1 s where the picture has 100 MB: too long for a window's main
    thread. Without a window the render keeps the main thread, and a thread's answer would wait for the end of the next
    frame. So each frame is checked at once there.
    """

    def __init__(
        self, check: Callable[[Sequence[Path]], dict[Path, str]], receive: Callable[[Frame, Damaged], None]
    ) -> None:
        """Begin without a frame.

        Args:
            check: returns which files are not complete; called on a thread.
            receive: called on the main thread with each frame, and with its files that are not complete.
        """
        self._check = check
        self._receive = receive
        self._waiting: list[Frame] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, frame: Frame) -> None:
        """Check the files of this frame, too."""
        if bpy.app.background:
            self._receive(frame, self._check(frame.files))
            return
        self._waiting.append(frame)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(), name="async_render checks")

    async def _work(self) -> None:
        try:
            while self._waiting:
                frames, self._waiting = self._waiting, []
                for frame, damaged in await call_in_worker_thread(self._check_all, frames):
                    self._receive(frame, damaged)
        finally:
            self._task = None

    def _check_all(self, frames: Sequence[Frame]) -> list[tuple[Frame, Damaged]]:
        return [(frame, self._check(frame.files)) for frame in frames]

    async def finished(self) -> None:
        """Wait until all frames are checked and handed on."""
        if self._task is not None:
            task = self._task
            await wait_until_done(task)
            task.result()

    def cancel(self) -> None:
        """Hand on no more frames."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
