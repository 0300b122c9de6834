"""The log of a render's files: which are complete, which damaged, and whether the disk takes more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from ...output.folders import check_folder, disk_is_full, little_room
from ...output.integrity import FROM_BEFORE, find_damage, is_written
from ...output.links import real_file
from ...output.stage import Stage
from ...render.errors import RenderError
from ...render.progress import Frame
from ..host.long_work import call_in_worker_thread
from .frame_checks import Damaged, FrameChecks
from .plan import Output

log = logging.getLogger("async_render")


class OutputLog:
    """The files of a render, as they are written and checked. Used on the main thread, but for `damage_of`.

    Attributes:
        complete: the files that are complete, in the order of their checks.
        damaged: the files that are not, each with what is wrong with it.
        left_to_others: the frames whose files another computer has made meanwhile.
        disk_error: what is wrong with the folder since a file could not be written; None: nothing.
        stop_job: called once, when the folder takes no files any more.
    """

    def __init__(self, output: Output, on_checked: Callable[[Frame, bool], None]) -> None:
        """Begin without a file.

        Args:
            output: the files of the render.
            on_checked: called on the main thread with each frame, and with whether its files are complete.
        """
        self.complete: list[Path] = []
        self.damaged: dict[Path, str] = {}
        self.left_to_others: list[int] = []
        self.disk_error: RenderError | None = None
        self.stop_job: Callable[[], object] = nothing_to_stop
        self._output = output
        self._on_checked = on_checked
        self._checks = FrameChecks(self.damage_of, self._receive)

    def add(self, frame: Frame) -> None:
        """Check the files of a frame that is written; movies and stills are checked at their destination."""
        if not self._output.is_staged:
            self._checks.add(frame)
            return
        self._on_checked(frame, True)
        if self._output.is_movie and disk_is_full(self._output.folder):
            self._stop_if_disk_is_full()

    def _receive(self, frame: Frame, damaged: Damaged) -> None:
        self.record(frame.files, damaged)
        if damaged:
            self._stop_if_disk_is_full()
        self._on_checked(frame, not damaged)

    def record(self, files: Sequence[Path], damaged: Damaged) -> None:
        """Record which files are complete, and what is wrong with the others."""
        self.damaged.update(damaged)
        self.complete += [file for file in files if file not in damaged]

    async def record_staged(self, stage: Stage) -> None:
        """Check and record the files of a movie or a still, which have reached their destination."""
        self.damaged |= stage.damaged
        files: Sequence[Path] = stage.partial
        if stage.is_complete:
            files = [file for file in stage.expected if file not in stage.damaged]
        self.record(files, await call_in_worker_thread(self.damage_of, files))

    async def checked(self) -> None:
        """Wait until all frames are checked."""
        await self._checks.finished()

    def cancel(self) -> None:
        """Check no more frames."""
        self._checks.cancel()

    def damage_of(self, files: Sequence[Path]) -> dict[Path, str]:
        """Return the files that are not complete, and what is wrong with each; any thread may ask."""
        return {file: why for file in files if (why := self._damage(file))}

    def has_damage(self, files: Sequence[Path]) -> bool:
        """Return whether one of the files is not complete; any thread may ask."""
        return any(map(self._damage, files))

    def _damage(self, file: Path) -> str | None:
        damage = find_damage(file, any_format=self._output.any_format)
        return damage or (None if is_written(file, self._output.begin) else FROM_BEFORE)

    def is_there(self, frame: int) -> bool:
        """Return whether a frame was written by this render, where other computers may write frames, too."""
        return not self._output.is_shared or all(
            is_written(file, self._output.begin) for file in self._output.files[frame]
        )

    def leave_to_others(self, frame: int) -> None:
        """Record a frame that Blender has left out, since a file of the frame exists.

        Another computer has made the file, and renders the frame. Where a view has no file nobody will render it.
        """
        files = self._output.files[frame]
        gone = {file: "is missing, and Blender has left the frame out" for file in files if not file.exists()}
        self.damaged |= gone
        if not gone:
            self.left_to_others.append(frame)

    def remove_files(self, frame: int | None) -> None:
        """Remove the files of a frame in which the engine has failed: a resumed render would keep them for good."""
        if frame is None or self._output.is_staged:
            return  # movies and stills reach their destination only when they are complete
        for file in self._output.files[frame]:
            log.warning("the engine has failed in frame %d: its file %s is removed", frame, file)
            try:
                real_file(file).unlink(missing_ok=True)  # Blender has written through a link
            except OSError as error:
                reason = error.strerror or error
                self.damaged[file] = f"shows a failed frame, and cannot be removed ({reason}): remove it by hand"

    def _stop_if_disk_is_full(self) -> None:
        if self.disk_error is None and (error := self.disk_problem()) is not None:
            self.disk_error = error
            self.stop_job()

    def disk_problem(self) -> RenderError | None:
        """Return what is wrong with the folder, by a trial file as large as the newest file; None: nothing."""
        sizes = [file.stat().st_size for file in self.complete[-1:] if file.exists()]
        try:
            check_folder(self._output.folder, self._output.path, *sizes)
        except RenderError as error:
            return error
        return little_room(self._output.folder, self._output.path) if self.damaged else None


def nothing_to_stop() -> None:
    """Do nothing: no job runs."""
