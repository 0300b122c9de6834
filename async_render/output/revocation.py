"""Frames of a worker that nobody hears any more: others render them, so its own must not reach their final names.

Such a worker may live on where its disk is shared: its network is cut off, or its Dask worker is stopped. It renders
into a hidden folder beside the frames' destination, and each frame is renamed from there. Who gives its frames to
others revokes that folder first. A rename is done or not: a frame gets its final name before, or never.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from ..render.errors import RenderError
from .folders import writing_in
from .locked_folders import FRAMES_PREFIX, LockedFolder, remove_abandoned, remove_folder

OWNED = ".owned"
"""The name of a file in the hidden folder. Blender makes a missing folder again (`BLI_file_ensure_parent_dir_exists`),
so that the folder alone says nothing."""


LARGEST_OWNER = 100
"""Bytes of that file that are read: any program may have made it."""


class _Process:
    """This process, as those know it who may revoke its folders. Its number would not do: containers share numbers, and
    may share the name of their computer."""

    owner = ""


def call_this_process(owner: str) -> None:
    """Give this process a name that no other process has, for those who may revoke its folders."""
    _Process.owner = owner


@contextmanager
def owned_folder(parent: Path, filepath: str, *, cleans_up: bool = True) -> Iterator[LockedFolder]:
    """Have a hidden folder inside the `with` block, into which a worker renders, and which others may revoke.

    Args:
        parent: the folder of the final files, which is made if it is missing.
        filepath: the output path that the user gave, for messages.
        cleans_up: whether the folders there that dead workers have left are removed first.

    Raises:
        RenderError: the disk takes no files any more.
    """
    with writing_in(parent, filepath):
        parent.mkdir(parents=True, exist_ok=True)
        if cleans_up:
            remove_abandoned(parent, FRAMES_PREFIX)
        locked = LockedFolder(parent, FRAMES_PREFIX)
    with locked as folder:
        with writing_in(parent, filepath):
            own(folder)
        yield locked


def own(folder: Path) -> None:
    """Begin to render into a hidden folder."""
    (folder / OWNED).write_text(_Process.owner, encoding="ascii")


def check_owned(folder: Path) -> None:
    """Refuse to give files of a hidden folder their final names when the folder was revoked.

    Raises:
        RenderError: it was.
    """
    if not (folder / OWNED).exists():
        raise RenderError(
            f"{folder.parent}: the worker's hidden folder is gone: others render its frames, since it was not heard "
            "any more, or a program has removed the folder; look at its network"
        )


def revoke(filepath: str, owner: str) -> None:
    """Take the hidden folders of a process away from it.

    Args:
        filepath: the absolute output path of its frames.
        owner: the process, as `call_this_process` was told there; an empty text is no process.
    """
    parts = Path(os.path.normpath(os.path.dirname(filepath))).parts
    fixed = next((number for number, part in enumerate(parts) if "#" in part or "{" in part), len(parts))
    pattern = "/".join(["*"] * (len(parts) - fixed) + [f"{FRAMES_PREFIX}*"])
    with suppress(OSError):  # this machine does not see the disk any more, either
        for folder in tuple(Path(*parts[:fixed]).glob(pattern)):
            if owner and _owner_of(folder) == owner:
                _take_away(folder)


def _owner_of(folder: Path) -> str:
    file = folder / OWNED
    with suppress(OSError):
        if S_ISREG(file.lstat().st_mode):
            with file.open("rb") as opened:
                return opened.read(LARGEST_OWNER).decode("ascii", errors="replace")
    return ""


def _take_away(folder: Path) -> None:
    with suppress(OSError):
        (folder / OWNED).unlink()
    with suppress(OSError):  # at once, with all that is in it; Windows renames no folder with open files
        folder = folder.rename(folder.with_name(f"{folder.name}_revoked"))
    remove_folder(folder)
