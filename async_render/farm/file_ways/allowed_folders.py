"""The folders of this machine into which a worker may send files: a worker does not decide that alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...render.errors import RenderError, printable, quoted


class AllowedFolders:
    """The output folders of a job: that of the path which the user gives, else those of the file's scenes.

    Args:
        outputs: the output paths of the scenes, as the .blend file has them.
        base: the folder that `//` means.

    Example:
        >>> AllowedFolders(["//out/####"], Path("/shots")).checked("/shots/scenes/../out/0001.png", None)
        '/shots/out/0001.png'
    """

    def __init__(self, outputs: Sequence[str], base: Path) -> None:
        self._outputs = outputs
        self._base = base

    def checked(self, path: str, given: str | None) -> str:
        """Return a path that a worker has named, without `..`, if it is below an output folder.

        Args:
            path: the path, absolute and on this machine.
            given: the output path of the request; None: the scene's own.

        Raises:
            RenderError: names the path and the folders.
        """
        folders = sorted({str(fixed_folder(absolute(item, self._base))) for item in self._wanted(given)})
        name = os.path.basename(path)
        destination = Path(os.path.normpath(os.path.dirname(path)), name)
        if name == ".." or not any(destination.is_relative_to(folder) for folder in folders):
            raise RenderError(
                f"the worker names {printable(quoted(path))}, which is in none of the output folders "
                f"{', '.join(folders)}: give a filepath that begins with // or with a folder, or share the folder"
            )
        return str(destination) if name else f"{destination}{os.sep}"

    def _wanted(self, given: str | None) -> Sequence[str]:
        return self._outputs if given is None else [given]


def absolute(path: str, base: str | Path) -> str:
    """Return an output path as Blender resolves it: `blender/paths.py` has the rules. The last slash stays.

    Args:
        path: the path.
        base: the folder that `//` means.
    """
    if os.name != "nt":
        path = re.sub(r"^([A-Za-z]):(?=[/\\])", lambda drive: "/" + drive[1].lower(), path).replace("\\", "/")
    if path.startswith("//"):
        path = f"{base}/{path.lstrip('/')}"
    return os.path.abspath(path) + (os.sep if path.endswith(("/", os.sep)) else "")


def fixed_folder(template: str | Path) -> Path:
    """Return the folder of an output path up to the first part that differs from frame to frame."""
    parts = Path(os.path.normpath(os.path.dirname(template))).parts
    fixed = next((number for number, part in enumerate(parts) if "#" in part or "{" in part), len(parts))
    return Path(*parts[:fixed])
