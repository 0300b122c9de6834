"""Frames that come back from another machine: hidden until they are complete, then under their final names."""

from __future__ import annotations

import logging
from pathlib import Path
from types import TracebackType

from ...output.integrity import find_damage
from ...output.links import move, real_file
from ...output.locked_folders import FRAMES_PREFIX, LockedFolder, remove_abandoned
from ...render.errors import OutputError, RenderError
from .names import check_name
from .pieces import ReceivedFile, cannot_write

log = logging.getLogger("async_render")


class ReturnedFiles:
    """The files of a job on their way back. The end of the `with` block removes what is not complete.

    Args:
        folder: the output folder. Names stay below it, links in it included.
        any_format: whether a file may have another format than its suffix says.

    Example:
        >>> with ReturnedFiles(Path("/renders")) as returned:
        ...     received = returned.receive("shot_0001.png", size, digest)
        ...     received.write(0, piece)
        ...     file = returned.deliver("shot_0001.png", received)
    """

    def __init__(self, folder: Path, *, any_format: bool = False) -> None:
        self.folder = folder
        self._any_format = any_format
        self._hidden: dict[Path, LockedFolder] = {}
        self._arriving: list[ReceivedFile] = []
        self._number = 0

    def __enter__(self) -> ReturnedFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def receive(self, name: str, size: int, digest: str) -> ReceivedFile:
        """Begin to receive a file.

        Args:
            name: its path below the output folder, with slashes.
            size: the announced bytes.
            digest: the announced SHA-256.

        Raises:
            RenderError: the name leaves the output folder, or the disk takes no file.
        """
        destination = self._destination(name)
        hidden = self._hidden_folder(destination.parent)
        self._number += 1
        try:
            folder = hidden / str(self._number)  # the suffix has to stay: it says the format
            folder.mkdir()
        except OSError as error:
            raise cannot_write(destination, error) from error
        self._arriving = [item for item in self._arriving if item.is_open]
        self._arriving.append(ReceivedFile(folder / destination.name, size, digest))
        return self._arriving[-1]

    def deliver(self, name: str, received: ReceivedFile) -> Path:
        """Check a file that has arrived, give it its final name, and return it. A file of that name is replaced.

        A link of that name stays where it leads to a file of the output folder. That file gets the content, as in a
        render on this machine. The name comes from outside, so a link that leads out of the folder is replaced itself.

        Raises:
            RenderError: the content is not what was announced, or the file cannot be replaced.
            OutputError: the file is no complete picture.
        """
        destination = self._destination(name)
        path = received.finish()
        damage = find_damage(path, any_format=self._any_format)
        if damage is not None:
            path.unlink()
            raise OutputError(f"{destination} came back damaged: it {damage}", damaged={destination: damage})
        try:
            real = real_file(destination)
            if real == destination or real.is_relative_to(self.folder.resolve()):
                move(path, real)
            else:
                path.replace(destination)
                log.warning(
                    "%s was a link to %s, outside of the output folder, and is a file of its own now: no name from "
                    "another machine is followed out of the folder; render into the other folder",
                    destination,
                    real,
                )
        except OSError as error:
            path.unlink(missing_ok=True)
            raise cannot_write(destination, error) from error
        return destination

    def remove(self) -> None:
        """Remove what is not complete; a second call does nothing."""
        while self._arriving:
            self._arriving.pop().remove()
        while self._hidden:
            self._hidden.popitem()[1].remove()

    def _destination(self, name: str) -> Path:
        destination = self.folder / check_name(name)
        try:
            if not destination.parent.resolve().is_relative_to(self.folder.resolve()):
                raise RenderError(
                    f"name={name!r}: a link leads out of the output folder {self.folder}; remove the link"
                )
            destination.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(destination.parent, error) from error
        if destination.is_dir():
            raise RenderError(f"name={name!r}: there is a folder in {self.folder}; rename it")
        return destination

    def _hidden_folder(self, parent: Path) -> Path:
        if parent in self._hidden and not self._hidden[parent].is_there:  # somebody has emptied the output folder
            self._hidden.pop(parent).remove()
        if parent not in self._hidden:
            remove_abandoned(parent, FRAMES_PREFIX)
            try:
                self._hidden[parent] = LockedFolder(parent, FRAMES_PREFIX)
            except OSError as error:
                raise cannot_write(parent, error) from error
        return self._hidden[parent].path
