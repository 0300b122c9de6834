"""`open_file`: open another .blend file, while the script that opens the file goes on."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

import bpy

from ...render.errors import RenderError
from ...render.setting_values import path_text
from ..host.host import get_host
from ..host.own_loop import require_own_loop
from ..host.pace import MAIN_LOOP_SLEEP
from ..jobs.cancel import JOBS
from ..jobs.queue import render_lock
from ..paths import absolute
from ..quirks.versions import THIS
from ..window.reports import message_of
from .blocked_scripts import user_allows_scripts

_BEGINNINGS = (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""The first bytes of a .blend file: plain, compressed by zstd, or (up to 2.9x) compressed by gzip."""


async def open_file(
    path: str | os.PathLike[str], *, load_ui: bool = False, use_scripts: bool | None = None, discard: bool = False
) -> None:
    """Open a .blend file, as *File > Open* does. The script goes on in that file.

    The call waits for renders, also the user's: loading a file would end them. Afterwards every reference to Blender's
    data that the script had is dead; find things again by their names. The preferences of the add-on may cancel other
    scripts then. The script that opens the file always goes on.

    Args:
        path: the path of the file; `//` is the folder of the file that is open.
        load_ui: whether the windows that are saved in the file come with it.
        use_scripts: whether the file may run its own scripts and drivers; True only for files that you trust. None: as
            the user likes, by the preference *Auto Run Python Scripts* or `blender -y`. Where Blender blocked some,
            `RenderResult.warnings` says so.
        discard: whether unsaved changes may be lost. Without a window they are always lost: nobody could save them.

    Raises:
        TypeError: `path` is no path.
        RenderError: there is no such file, it is not a .blend file, or Blender cannot read it, with Blender's own
            words. Or there are unsaved changes, and `discard` is False.

    Example:
        >>> for path in sorted(Path("shots").glob("*.blend")):
        ...     await ar.open_file(path)
        ...     await ar.render_animation()
    """
    require_own_loop("ar.open_file()")
    given = path_text("path", path)
    host = get_host()
    async with render_lock(after=JOBS):
        file = _checked(given)
        if bpy.data.is_dirty and not discard and not bpy.app.background:
            raise RenderError(f"{_name()} has changes that were not saved; save them, or give discard=True")

        def load() -> None:
            runs = user_allows_scripts() if use_scripts is None else use_scripts
            try:
                bpy.ops.wm.open_mainfile("EXEC_DEFAULT", filepath=str(file), load_ui=load_ui, use_scripts=runs)
            except RuntimeError as error:
                message = message_of(error)
                raise RenderError(f"path={str(file)!r} cannot be opened: {message}{_newer(file)}") from error

        await host.call_between_ticks(load)
        await asyncio.sleep(2 * MAIN_LOOP_SLEEP)  # in this turn of the main loop the context has no window yet


def _newer(file: Path) -> str:
    """Return the end of a message about a file that a newer Blender may have saved, or an empty text.

    Blender does not name the reason: 4.2 calls a file with the header of 5.0 "not a blend file".
    """
    with suppress(OSError), file.open("rb") as opened:
        beginning = opened.read(20)
        ours = ".".join(map(str, THIS))
        header = _HEADER.match(beginning)
        if header is None and not beginning.startswith(b"BLENDER"):
            return f"; the file is damaged, or a newer Blender than {ours} has saved it"
        if header is not None and (version := divmod(int(header[1]), 100)) > THIS:
            newer = ".".join(map(str, version))
            return f"; it was saved by Blender {newer}, and this is {ours}: open it in the newer one"
    return ""


_HEADER = re.compile(rb"BLENDER(?:[-_]|\d\d-\d\d)[vV](\d{3,4})")
"""The beginning of a file that is not compressed, up to the version. From 5.0 on the header has its own size and
version before."""


def _name() -> str:
    return repr(bpy.data.filepath) if bpy.data.filepath else "the file, which has no name yet,"


def _checked(path: str) -> Path:
    is_literal = not path.startswith("//") and Path(path).is_file()  # a backslash may be a part of a name
    file = Path(path).absolute() if is_literal else absolute(path)
    try:
        if not S_ISREG(file.stat().st_mode):  # to open a pipe waits for ever
            raise RenderError(f"path={str(file)!r} is not a .blend file, but a folder, a device or a pipe")
        with file.open("rb") as opened:
            beginning = opened.read(7)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise RenderError(
            f"path={str(file)!r} cannot be opened: {getattr(error, 'strerror', None) or error}"
        ) from error
    if not beginning.startswith(_BEGINNINGS):
        raise RenderError(f"path={str(file)!r} is not a .blend file")
    return file
