"""The session as a file in a private folder: `save_copy` writes it, and the session stays as it was.

What Blender does when it saves a copy, measured in 4.2 to 5.2:

- Paths of images, sounds, libraries and caches become relative to the copy. Output paths stay: `output_folder.py`.
- Unsaved pixels are left out: `unsaved_pixels.py`.
- The session keeps its path, its list of changes (undo), and whether it has unsaved changes.
- Handlers of add-ons for `save_pre` and `save_post` run. They may bring into the file what they keep elsewhere, and
  often undo afterwards what they did before; so both are left to run.
- A picture for the file browser is drawn, which takes longer than the file: it is switched off meanwhile.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import bpy

from ...render.errors import RenderError
from ..paths import absolute
from ..window.reports import message_of
from .blend_digest import digest_of_blend
from .unsaved_pixels import save_pixels

UNSAVED = "Unsaved.blend"
"""The name of the copy of a session without a file: Blender's variable `{blend_name}` is `Unsaved` there."""

CHUNK = 1 << 20
"""Bytes of a file that are read at a time."""


def session_folder() -> Path:
    """Return the folder that `//` means in this session: before it is saved, the working directory."""
    return absolute("//")


def save_copy(folder: Path) -> Path:
    """Save the session as it is now into a folder, and return the file.

    The main thread stands still meanwhile. The copy is not compressed: that would take longer than to read it twice.

    Args:
        folder: an empty folder that only this user can read.

    Raises:
        RenderError: Blender cannot write the copy, with Blender's own words.
    """
    path = bpy.data.filepath
    file = folder / (Path(path).name if path else UNSAVED)
    try:
        save_pixels(folder)
        with _without_preview():
            bpy.ops.wm.save_as_mainfile(
                "EXEC_DEFAULT",
                filepath=str(file),
                check_existing=False,
                copy=True,
                relative_remap=True,
                compress=False,
            )
    except (RuntimeError, OSError) as error:
        raise RenderError(
            _why_not(folder, message_of(error) if isinstance(error, RuntimeError) else str(error))
        ) from error
    if not file.exists():
        raise RenderError(_why_not(folder, "Blender has written no file, and does not say why"))
    _link_cache(Path(path), folder)
    return file


def _why_not(folder: Path, reason: str) -> str:
    """Return the message for a copy that cannot be saved. Of a full disk Blender says "No such file or directory"."""
    free = shutil.disk_usage(next(item for item in folder.parents if item.exists())).free / 1_000_000
    return (
        f"the session cannot be handed to workers: no copy of it can be saved in {folder}, where {free:.1f} MB "
        f"are free: {reason}; set TMPDIR to a folder with room"
    )


@contextmanager
def _without_preview() -> Iterator[None]:
    """Let Blender draw no preview of a file inside the `with` block. The user's preferences count as unchanged."""
    preferences: Any = bpy.context.preferences
    before, is_dirty = preferences.filepaths.file_preview_type, preferences.is_dirty
    preferences.filepaths.file_preview_type = "NONE"
    try:
        yield
    finally:
        preferences.filepaths.file_preview_type = before
        preferences.is_dirty = is_dirty


def _link_cache(session: Path, folder: Path) -> None:
    """Let the copy find the disk caches of simulations, which are in a folder that is named after the file."""
    cache = session.parent / f"blendcache_{session.stem}"
    if session.name and cache.is_dir():
        with suppress(OSError):  # Windows lets only some users make links; `missing_files` names the cache
            (folder / cache.name).symlink_to(cache, target_is_directory=True)


def digest_of(folder: Path, more: str) -> str:
    """Return a text that differs when the content of a folder's files differs. A worker thread calls this.

    Args:
        folder: the folder, without folders in it.
        more: a text that counts, too.
    """
    digest = blake2b(os.fsencode(more), digest_size=16)
    for file in sorted(folder.iterdir()):
        if file.is_symlink():
            digest.update(os.fsencode(file.readlink()))
            continue
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode(errors="surrogateescape"))
        if file.suffix == ".blend" and (without_addresses := digest_of_blend(file)) is not None:
            digest.update(without_addresses)
            continue
        with file.open("rb") as opened:
            while part := opened.read(CHUNK):
                digest.update(part)
    return digest.hexdigest()
