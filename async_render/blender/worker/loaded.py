"""The file that a worker has loaded: its key, and what output paths mean in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...render.settings import RenderSettings
from ...work.wire import settings_from_wire, settings_to_wire
from ..kinds.open_file import open_file
from ..paths import absolute
from ..quirks.versions import THIS
from ..session.output_folder import in_folder, set_output_folder
from ..session.unsaved_pixels import restore_pixels
from .destination import Destination


class LoadedFile:
    """The file that this worker has loaded. It stays loaded for all calls of the same snapshot.

    Attributes:
        key: the key of its content; None: no file is loaded.
        folder: the folder that `//` means in output paths; None: that of the file, which is no snapshot of a session.
        needs_reload: whether the file has to be opened again before the next request.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Take the open file for another one: the next request loads its own."""
        self.key: str | None = None
        self.folder: Path | None = None
        self.needs_reload = False
        self._file = ""
        self._use_scripts = False
        self._destinations: dict[str, Destination] = {}

    async def open(self, file: str, key: str, folder: str | None, *, use_scripts: bool) -> bool:
        """Open a file, and return whether that was necessary.

        Args:
            file: the .blend file.
            key: the key of its content.
            folder: the folder that `//` means in output paths; None: that of the file, which is no snapshot of a
                session.
            use_scripts: whether the file may run its own scripts.

        Raises:
            RenderError: Blender cannot read the file.
        """
        wanted = None if folder is None else Path(folder)
        if (self.key, self.folder, self.needs_reload) == (key, wanted, False):
            return False
        self.key = None
        self._file, self.folder, self._use_scripts = file, wanted, use_scripts
        await self._open()
        self.key = key
        return True

    async def reload(self) -> None:
        """Open the file again, where a request before has used up something that Blender has once for each file."""
        if self.needs_reload and self.key is not None:
            key, self.key = self.key, None
            await self._open()
            self.key = key

    async def _open(self) -> None:
        self.needs_reload = False
        self._destinations.clear()
        await open_file(self._file, use_scripts=self._use_scripts, discard=True)
        if self.folder is not None:  # a snapshot: beside a user's own file nothing is meant for us
            restore_pixels(Path(self._file))
            set_output_folder(self.folder)

    def settings(self, given: Any) -> RenderSettings:
        """Return the settings of a request, whose output path means what it means in the session.

        Raises:
            WireError: the settings have a wrong field.
        """
        settings = settings_from_wire(given)
        if settings.filepath is None or self.folder is None:
            return settings
        return settings.replace(filepath=in_folder(str(settings.filepath), self.folder, is_template=True))

    def absolute(self, path: str) -> str:
        """Return the absolute path of a file that a request names."""
        if self.folder is not None and path.startswith("//"):
            return str(self.folder / path.lstrip("/"))
        return str(absolute(path))

    async def destination(self, settings: RenderSettings) -> Destination:
        """Return where the files of these settings go, whatever their frames; computed once for each file."""
        key = repr(sorted(settings_to_wire(settings.replace(frames=None, frame_start=None, frame_end=None)).items()))
        if key not in self._destinations:
            self._destinations[key] = await Destination.of(settings)
        return self._destinations[key]


def version_warnings() -> list[str]:
    """Return a warning if a newer Blender has saved the open file: Blender opens it, and says so in a window only."""
    saved_by: Any = bpy.data.version
    file = tuple(saved_by)[:2]
    if file <= THIS:
        return []
    newer, ours = (".".join(map(str, version)) for version in (file, THIS))
    return [
        f"{Path(bpy.data.filepath).name} was saved by Blender {newer}, and this worker is Blender {ours}, which leaves "
        f"out what it does not know; give blender= the path of Blender {newer}"
    ]


loaded = LoadedFile()
"""The file of this worker."""
