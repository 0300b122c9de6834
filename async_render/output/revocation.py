"""Frames of a worker that nobody hears any more: others render them, so its own must not reach their final names.

Such a worker may live on where its disk is shared: its network is cut off, or its Dask worker is stopped. It renders
into a hidden folder beside the frames' destination, and each frame is renamed from there. Who gives its frames to
others revokes that folder first. A rename is done or not: a frame gets its final name before, or never.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from ..render.errors import RenderError
from .locked_folders import FRAMES_PREFIX, remove_folder

OWNED = ".owned"
"""The name of a file in the hidden folder. Blender makes a missing folder again (`BLI_file_ensure_parent_dir_exists`),
so that the folder alone says nothing."""


def own(folder: Path) -> None:
    """Begin to render into a hidden folder."""
    (folder / OWNED).touch()


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


def revoke(filepath: str, maker: str) -> None:
    """Take the hidden folders of a process away from it.

    Args:
        filepath: the absolute output path of its frames.
        maker: the process, as `maker_name` has it.
    """
    if re.fullmatch(r"[0-9a-f]{8}_[0-9]{1,9}_", maker) is None:
        return
    parts = Path(os.path.normpath(os.path.dirname(filepath))).parts
    fixed = next((number for number, part in enumerate(parts) if "#" in part or "{" in part), len(parts))
    pattern = "/".join(["*"] * (len(parts) - fixed) + [f"{FRAMES_PREFIX}{maker}*"])
    with suppress(OSError):  # this machine does not see the disk any more, either
        for folder in tuple(Path(*parts[:fixed]).glob(pattern)):
            _take_away(folder)


def _take_away(folder: Path) -> None:
    with suppress(OSError):
        (folder / OWNED).unlink()
    with suppress(OSError):  # at once, with all that is in it; Windows renames no folder with open files
        folder = folder.rename(folder.with_name(f"{folder.name}_revoked"))
    remove_folder(folder)
