"""The seam of those who do work for a script: other processes on this machine, or on others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from ..render.frame_list import FrameList
from ..render.settings import RenderSettings

WorkKind = Literal["animation", "still", "bake", "mixdown", "encode"]


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work, as data that JSON carries.

    Attributes:
        kind: the kind of work.
        settings: what is rendered; None for a bake and a mixdown.
        options: the other arguments of the call, as `resume` or `frame`; JSON carries them.
    """

    kind: WorkKind
    settings: RenderSettings | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrameEvent:
    """A frame whose files are complete and have their final names.

    Attributes:
        number: the frame.
        seconds: seconds that the frame took.
        files: its files.
        worker: name of the worker that rendered the frame.
    """

    number: int
    seconds: float
    files: tuple[Path, ...]
    worker: str = ""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a frame is that a worker renders.

    Attributes:
        number: the frame; None: the work has no frames.
        fraction: from 0 to 1.
        worker: name of the worker.
    """

    number: int | None
    fraction: float
    worker: str = ""


@dataclass(frozen=True, slots=True)
class WarningEvent:
    """A reason why the result may differ from what was meant.

    Attributes:
        message: the reason.
        worker: name of the worker.
    """

    message: str
    worker: str = ""


@dataclass(frozen=True, slots=True)
class PlanEvent:
    """What an animation will write; the first event of an animation.

    Attributes:
        frames: the frames that are rendered.
        folder: the folder of the files.
        workers: number of the workers that render them.
    """

    frames: FrameList
    folder: Path
    workers: int


Event = PlanEvent | FrameEvent | ProgressEvent | WarningEvent


class WorkHandle(Protocol):
    """The handle of a piece of work that a backend has taken."""

    def events(self) -> AsyncIterator[Event]:
        """Return what happens, in order, until the work is over. An error is raised by `result` alone."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Stop the work as soon as it can be stopped. `result` then raises `asyncio.CancelledError`."""
        raise NotImplementedError

    async def result(self) -> Any:
        """Wait until the work is over, and return what the same call in this process would return, or raise that."""
        raise NotImplementedError


class Backend(Protocol):
    """Whoever does the work."""

    async def submit(self, work: Work) -> WorkHandle:
        """Take a piece of work, and return its handle."""
        raise NotImplementedError

    async def close(self) -> None:
        """Cancel all work, and end all that was started. Within a limit: nothing is left afterwards."""
        raise NotImplementedError
