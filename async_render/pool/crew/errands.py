"""Errands: what a call wants done by workers. The crew gives each idle worker a piece of an errand.

An errand knows nothing of processes. It hands out requests of the protocol, and records how each went. `over` is done
when the errand is, and has its result or error.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from ...render.errors import RenderError, WorkerError
from ...render.frames import frames_text
from ...work.backend import Event, FrameEvent, ProgressEvent, WarningEvent
from .dealing import Dealing

Request = Mapping[str, Any]
"""A request of the protocol without its `id`."""


@dataclass(frozen=True, slots=True)
class Load:
    """The file that a worker must have open.

    Attributes:
        file: the .blend file.
        key: a text that differs whenever the file's content differs.
        folder: the folder that `//` means in output paths; None: that of the file.
        use_scripts: whether the file may run its own scripts and drivers.
    """

    file: Path
    key: str
    folder: Path | None = None
    use_scripts: bool = False

    def request(self) -> Request:
        """Return the request that opens the file."""
        folder = None if self.folder is None else str(self.folder)
        return {
            "do": "load",
            "file": str(self.file),
            "key": self.key,
            "folder": folder,
            "use_scripts": self.use_scripts,
        }


class Errand(ABC):
    """What a call wants done.

    Attributes:
        load: the file that the worker must have open.
        over: done when the errand is; has the errand's error, and else its result.
        busy: the workers that do a piece of the errand now.
        idle: set when no worker does.
        served_at: the time when a worker last took a piece, in seconds of `monotonic`.
        is_preparation: whether other errands go first.
    """

    is_preparation = False

    def __init__(self, load: Load, *, tries: int, on_event: Callable[[Event], None] | None = None) -> None:
        self.load = load
        self.over: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.busy: set[int] = set()
        self.idle = asyncio.Event()
        self.idle.set()
        self.served_at = monotonic()
        self._tries = tries
        self._deaths_in_load = 0
        self._on_event = on_event

    def begin(self, worker: int) -> Request | None:
        """Give a piece to a worker; None: the file is opened, and nothing else."""
        self.busy.add(worker)
        self.idle.clear()
        return self.take(worker)

    def end(self, worker: int) -> None:
        """Record that the worker is idle again."""
        self.busy.discard(worker)
        if not self.busy:
            self.idle.set()

    @abstractmethod
    def has_piece_for(self, worker: int) -> bool:
        """Return whether a worker that asks now gets a piece."""

    @abstractmethod
    def take(self, worker: int) -> Request | None:
        """Choose the piece of a worker."""

    @abstractmethod
    def succeeded(self, worker: int, result: Mapping[str, Any]) -> None:
        """Record that the worker has done its piece."""

    @abstractmethod
    def failed(self, worker: int, error: Exception) -> None:
        """Record that the worker lives, and its piece has raised an exception."""

    def died(self, worker: int, error: WorkerError, at: int | None, *, is_loading: bool = False) -> None:
        """Record that the worker died while it did its piece.

        Args:
            worker: the worker.
            error: how it died.
            at: the frame that it was rendering, if that is known.
            is_loading: whether it was opening the file, so that no frame is to blame.
        """
        if not is_loading:
            self._died(worker, error, at)
            return
        self._deaths_in_load += 1
        self.give_back(worker)
        if self._deaths_in_load >= self._tries:
            self.give_up(error)

    @abstractmethod
    def _died(self, worker: int, error: WorkerError, at: int | None) -> None:
        """Record that the worker died in the middle of its piece."""

    @abstractmethod
    def give_back(self, worker: int) -> None:
        """Record that the worker has not begun its piece, or was ended for another reason."""

    def receive(self, worker: int, message: Mapping[str, Any], name: str) -> None:  # noqa: ARG002 - frames have owners
        """Receive an event of the worker's piece."""
        event = _event_of(message, name)
        if event is not None and self._on_event is not None:
            self._on_event(event)

    def give_up(self, error: BaseException) -> None:
        """End the errand with an error."""
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # asyncio would report it where nobody waits, as for a `Preload`


class Preload(Errand):
    """A file that all workers open while one of them still prepares the call."""

    is_preparation = True

    def __init__(self, load: Load, on_event: Callable[[Event], None] | None = None) -> None:
        super().__init__(load, tries=1, on_event=on_event)
        self._had: set[int] = set()

    def has_piece_for(self, worker: int) -> bool:
        """Return whether the worker has not been asked yet."""
        return worker not in self._had and not self.over.done()

    def take(self, worker: int) -> None:
        """Let the worker open the file."""
        self._had.add(worker)

    def succeeded(self, worker: int, result: Mapping[str, Any]) -> None:
        """Do nothing: the worker knows what it has open."""

    def failed(self, worker: int, error: Exception) -> None:
        """Do nothing: the call's own errand has the same error."""

    def _died(self, worker: int, error: WorkerError, at: int | None) -> None:
        """Do nothing: a new worker opens the file when it is needed."""

    def give_back(self, worker: int) -> None:
        """Do nothing."""


class OneRequest(Errand):
    """One request, which one worker does. `over` has its result."""

    def __init__(
        self,
        load: Load,
        request: Request,
        *,
        tries: int,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        super().__init__(load, tries=tries, on_event=on_event)
        self._request = request
        self._is_taken = False
        self._deaths = 0

    def has_piece_for(self, worker: int) -> bool:  # noqa: ARG002 - any worker can do it
        """Return whether no worker has the request."""
        return not self._is_taken and not self.over.done()

    def take(self, worker: int) -> Request:  # noqa: ARG002
        """Give the request to a worker."""
        self._is_taken = True
        return self._request

    def succeeded(self, worker: int, result: Mapping[str, Any]) -> None:  # noqa: ARG002
        """End with the result."""
        if not self.over.done():
            self.over.set_result(result)

    def failed(self, worker: int, error: Exception) -> None:  # noqa: ARG002
        """End with the error: the same request fails in the same way everywhere."""
        self.give_up(error)

    def _died(self, worker: int, error: WorkerError, at: int | None) -> None:  # noqa: ARG002 - the error has it
        """Let another worker try, or end with the error."""
        self._deaths += 1
        if self._deaths >= self._tries:
            self.give_up(error)
        self.give_back(worker)

    def give_back(self, worker: int) -> None:  # noqa: ARG002
        """Let another worker do it."""
        self._is_taken = False


class FrameChunks(Errand):
    """The frames of an animation, in chunks. `over` is done when each frame is done or given up.

    Attributes:
        dealing: which worker has which frames.
        left_out: frames that workers left out without an error: another computer has begun them.
        warnings: what workers have warned of, each once.
    """

    def __init__(
        self,
        load: Load,
        dealing: Dealing,
        settings: Mapping[str, Any],
        *,
        tries: int,
        on_event: Callable[[Event], None],
    ) -> None:
        super().__init__(load, tries=tries, on_event=on_event)
        self.dealing = dealing
        self.left_out: list[int] = []
        self.warnings: list[str] = []
        self._settings = settings
        self._check_over()

    def has_piece_for(self, worker: int) -> bool:  # noqa: ARG002
        """Return whether frames wait."""
        return self.dealing.has_more and not self.over.done()

    def take(self, worker: int) -> Request:
        """Give frames to a worker."""
        frames = self.dealing.take(worker)
        return {"do": "frames", "settings": self._settings, "frames": frames_text(frames)}

    def receive(self, worker: int, message: Mapping[str, Any], name: str) -> None:
        """Record a frame, and pass events on. A frame that is written a second time is left out.

        A frame that another computer has made meanwhile stays open until the end of its chunk.
        """
        is_frame = message["event"] == "frame"
        if is_frame and message["skipped"]:
            return
        if is_frame and not self.dealing.done(worker, message["number"], message["seconds"]):
            return
        super().receive(worker, message, name)

    def succeeded(self, worker: int, result: Mapping[str, Any]) -> None:
        """Go on with the next chunk."""
        self.left_out += self.dealing.finished(worker)
        self.warnings += [text for text in result["warnings"] if text not in self.warnings]
        self._check_over()

    def failed(self, worker: int, error: Exception) -> None:
        """Let another worker try the frame that failed; go on with the others."""
        self.dealing.failed(worker, error, error.frame if isinstance(error, RenderError) else None)
        self._check_over()

    def _died(self, worker: int, error: WorkerError, at: int | None) -> None:
        """Let other workers render the frames; the one that killed the worker comes last."""
        self.dealing.failed(worker, error, at)
        self._check_over()

    def give_back(self, worker: int) -> None:
        """Let other workers render the frames."""
        self.dealing.give_back(worker)
        self._check_over()

    def _check_over(self) -> None:
        if self.dealing.is_over and not self.over.done():
            self.over.set_result(None)


def _event_of(message: Mapping[str, Any], name: str) -> Event | None:
    kind = message["event"]
    if kind == "frame":
        return FrameEvent(message["number"], message["seconds"], tuple(map(Path, message["files"])), name)
    if kind == "progress":
        return ProgressEvent(message["number"], message["fraction"], name)
    return WarningEvent(message["message"], name) if kind == "warning" else None
