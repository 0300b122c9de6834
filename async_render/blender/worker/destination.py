"""Where the files of frames go in the end, and their way there: a staging folder beside, a check, a rename."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...output.frame_files import FilePattern, FrameFiles
from ...output.links import move
from ...output.revocation import check_owned
from ...render.errors import OutputError, RenderError
from ...render.frame_list import FrameList
from ...render.progress import Frame
from ...render.settings import RenderSettings
from ..kinds.plan import Plan
from ..kinds.rendering import planned
from ..kinds.request import Request
from ..kinds.staging import as_template
from ..settings.scenes import found_again
from .events import Emit


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the files of frames go.

    Attributes:
        patterns: the file's pattern, of each view.
        is_movie: whether all frames go into one file.
        overwrites: whether files that exist are rendered again.
        marks: whether an empty file marks each frame that is being rendered.
    """

    patterns: tuple[FilePattern, ...]
    is_movie: bool
    overwrites: bool
    marks: bool

    @classmethod
    async def of(cls, settings: RenderSettings) -> Destination:
        """Return the destination of these settings, whatever their frames, and make its folder.

        Raises:
            RenderError: the settings cannot work, or files cannot be written there.
        """
        async with planned(Request.of(settings.replace(frames=(1,)))) as (plan, _):
            render = found_again(plan.scene).render
            files = plan.output.files
            return cls(files.patterns, plan.output.is_movie, bool(render.use_overwrite), bool(render.use_placeholder))

    def files(self, frames: FrameList) -> FrameFiles:
        """Return the files of these frames."""
        return FrameFiles(frames, self.patterns)


class Delivery:
    """Frames on their way from a staging folder to their destination.

    Attributes:
        frames: the frames that have arrived, in order of their arrival.
        files: their files.
    """

    def __init__(self, staging: Path, files: FrameFiles, emit: Emit) -> None:
        """Begin without a frame. Called by the task that renders.

        Args:
            staging: the folder in which frames are written.
            files: the final files of each frame.
            emit: sends the event of a frame that has arrived.
        """
        self.frames: list[int] = []
        self.files: list[Path] = []
        self._problem: RenderError | None = None
        self._staging = staging
        self._staged: FrameFiles | None = None
        self._final = files
        self._emit = emit
        self._task = asyncio.current_task()

    @property
    def template(self) -> str:
        """The output path of the frames in the staging folder."""
        return as_template(str(self._staging), "####")

    def begin(self, plan: Plan) -> None:
        """Learn the names that the files have in the staging folder."""
        self._staged = plan.output.files

    def deliver(self, frame: Frame) -> None:
        """Move the checked files of a frame to their destination. Where that is not possible the render is cancelled.

        Blender names the files of views in the order in which it names their final files.
        """
        if self._problem is not None:
            return
        try:
            check_owned(self._staging)
        except RenderError as error:
            error.frame = frame.number
            self._stop(error)
            return
        final = self._final[frame.number]
        for staged, file in zip(frame.files, final, strict=True):
            try:
                move(staged, file)
            except OSError as error:  # on Windows, where a player has the old file open; or the folder is gone
                self._fail(frame.number, file, f"cannot be replaced ({error.strerror or error})")
                return
        self.frames.append(frame.number)
        self.files += final
        self._send(frame.number, frame.seconds, is_skipped=False)

    def skip(self, frame: int) -> None:
        """Send that another computer has made a frame meanwhile."""
        self._send(frame, 0.0, is_skipped=True)

    def _send(self, frame: int, seconds: float, *, is_skipped: bool) -> None:
        files = [str(file) for file in self._final[frame]]
        self._emit("frame", {"number": frame, "seconds": seconds, "files": files, "skipped": is_skipped})

    def _fail(self, frame: int, file: Path, damage: str) -> None:
        message = f"frame {frame}: {file} {damage}; close the program that has it open, or choose another path"
        self._stop(OutputError(message, damaged={file: damage}, frames=self.frames, files=self.files, frame=frame))

    def _stop(self, problem: RenderError) -> None:
        self._problem = problem
        if self._task is not None:
            self._task.cancel()

    @contextmanager
    def naming_final_files(self) -> Iterator[None]:
        """Let an error that leaves the `with` block name the final files, and not those in the staging folder."""
        try:
            yield
        except asyncio.CancelledError:
            if self._problem is None or self._task is None or self._task.uncancel():
                raise
            raise self._problem from None
        except RenderError as error:
            error.args = (self._named(str(error)),)
            error.frames, error.files = tuple(self.frames), tuple(self.files)
            if isinstance(error, OutputError):
                names = dict(self._names())
                error.damaged = {names.get(file, file): damage for file, damage in error.damaged.items()}
            raise

    def _names(self) -> Iterator[tuple[Path, Path]]:
        """Yield each file in the staging folder, with its final name."""
        for frame in self._staged or ():
            assert self._staged is not None
            yield from zip(self._staged[frame], self._final[frame], strict=True)

    def _named(self, message: str) -> str:
        if str(self._staging) in message:
            for staged, file in self._names():
                message = message.replace(str(staged), str(file))
        folder = str(self._staging.parent)
        return message.replace(self.template, folder).replace(str(self._staging), folder)
