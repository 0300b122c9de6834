"""`mixdown`: the sound of a scene, as a file."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import bpy

from ...loop.shielded import to_the_end
from ...output.at_exit import also_at_exit
from ...output.folders import check_destinations, check_folder, folder_beside
from ...output.formats import SUFFIXES
from ...output.integrity import find_damage
from ...output.links import move, real_file
from ...output.stage_folders import SoundFolder, clean_up
from ...render.errors import OutputError, RenderError
from ...render.setting_values import path_text
from ..host.long_work import call_in_worker_thread
from ..host.own_loop import require_own_loop
from ..jobs.queue import render_turn
from ..operators.call import label_of, run_operator
from ..operators.pending_call import OperatorRequest
from ..paths import absolute
from ..quirks.versions import HEADLESS_WRITES_ONE_SOUND, MIXDOWN_IS_JOB
from ..settings.scenes import KnownScene, found_again, known_scene

State = tuple[int, int, int] | None
"""A file's number on its disk, its bytes, and the time of its last change; None: there is no file."""

POLL_INTERVAL = 0.2
"""Seconds between two polls of a file that grows."""

PATIENCE = 10.0
"""Seconds without any change after which an incomplete file is given up. FFmpeg writes several times a second."""

QUIET = 2.0
"""Seconds without any change after which a file counts as written whose structure does not show its end, as an MP3. A
busy machine writes nothing for some tenths of a second."""

_FORMATS = {
    ".aac": ("AAC", "AAC"),
    ".ac3": ("AC3", "AC3"),
    ".flac": ("FLAC", "FLAC"),
    ".mka": ("MATROSKA", "VORBIS"),
    ".mp2": ("MP2", "MP2"),
    ".mp3": ("MP3", "MP3"),
    ".ogg": ("OGG", "VORBIS"),
    ".wav": ("WAV", "PCM"),
}
"""Container and codec by extension, as *Render Audio* offers them."""


async def mixdown(filepath: str | os.PathLike[str], **properties: Any) -> Path:
    """Write the sound of the window's scene into a file, as *Render > Render Audio* does. No picture is rendered.

    Up to 5.1 Blender has no job for it: **the window stands still** until the file is written. Since 5.2 Blender writes
    the file behind the window, which lives.

    Args:
        filepath: the path of the file; `//` is the folder of the .blend file. The extension tells the format: `.wav`,
            `.flac`, `.ogg`, `.mp3`, `.mka`, `.ac3`, `.mp2`, and in 5.x `.aac`.
        **properties: of `bpy.ops.sound.mixdown`: `bitrate` in kbit/s, `format`, `container`, `codec` …

    Returns:
        The file's absolute path. The file was checked, and is complete.

    Raises:
        TypeError: `filepath` is no path.
        ValueError: the extension is unknown, and there is no `container`.
        RenderError: nothing can be written there, or Blender was built without sound, as the `bpy` wheel of 4.2.
        OperatorError: Blender cannot write the sound, with Blender's own words.
        OutputError: Blender says that the file is written, and the file is not complete.

    Example:
        >>> await ar.mixdown("//out/sound.flac")
    """
    require_own_loop("ar.mixdown()")
    path = path_text("filepath", filepath)
    scene, file = known_scene(), absolute(path)
    await call_in_worker_thread(check_destinations, [file], path)
    if "container" not in properties:
        properties = {**_format(file), **properties}
    built_with: Any = bpy.app.build_options
    if not built_with.audaspace:
        raise RenderError(f"filepath={str(file)!r}: this Blender was built without sound; mix it down in another one")
    async with render_turn(label_of(bpy.ops.sound.mixdown), after=["RENDER"]) as activity:
        activity.folder = file.parent
        # The folder may take no files any more: the call has waited in the queue.
        await call_in_worker_thread(check_folder, file.parent, path)
        real = real_file(file)
        await call_in_worker_thread(clean_up, real.parent)
        folder = folder_beside(real, path, SoundFolder)
        with also_at_exit(folder.remove):
            await _mixed_down(scene, folder.path / file.name, properties)
            _deliver(folder, file)
    return file


async def _mixed_down(known: KnownScene, file: Path, properties: dict[str, Any]) -> None:
    def context() -> dict[str, Any]:
        return {"scene": found_again(known)}

    properties = {"check_existing": False, **properties, "filepath": str(file)}
    await run_operator(OperatorRequest(bpy.ops.sound.mixdown, "EXEC_DEFAULT", properties, context=context))
    try:
        await _written(file)
    except asyncio.CancelledError:
        with suppress(OutputError):
            await to_the_end(lambda: _written(file))  # nothing stops 5.2, and it must not begin another mixdown
        raise


async def _written(file: Path) -> None:
    """Wait until the file is complete, and no longer grows: 5.2 writes the file after its operator has returned.

    Raises:
        OutputError: the file has not changed for a while, and is not complete.
    """
    last, changed_at = None, perf_counter()
    quiet = 0.0 if file.suffix.lower() in SUFFIXES or not MIXDOWN_IS_JOB else QUIET
    while True:
        damage = "was not written" if (now := _state(file)) is None else await call_in_worker_thread(find_damage, file)
        if now == last and damage is None and perf_counter() - changed_at >= quiet:
            return
        if now != last:
            last, changed_at = now, perf_counter()
        if damage is not None and perf_counter() - changed_at > PATIENCE:
            raise OutputError(f"the sound file {file.name} {damage}{_advice()}", damaged={file: damage})
        await asyncio.sleep(POLL_INTERVAL)


def _advice() -> str:
    """Return why the file may be missing, as the end of a message.

    Without a window no main loop turns, which would end the job of one mixdown and start the job of the next.
    """
    if bpy.app.background and HEADLESS_WRITES_ONE_SOUND:
        return "; this Blender writes one sound for each file that it opens without a window: open the file again"
    return ""


def _deliver(folder: SoundFolder, destination: Path) -> None:
    """Move the complete file to its destination, where the file before has stayed until now.

    Raises:
        OutputError: the destination is a folder by now, or takes no files; the new file stays where it is.
    """
    file = folder.path / destination.name
    try:
        move(file, destination)
    except OSError as error:
        folder.keep()
        problem = f"cannot be replaced ({error.strerror or error}); the new one is {file}"
        raise OutputError(f"the sound file {destination} {problem}", damaged={destination: problem}) from error


def _state(file: Path) -> State:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _format(file: Path) -> dict[str, str]:
    if file.suffix.lower() not in _FORMATS:
        raise ValueError(f"filepath={str(file)!r} has none of the extensions {', '.join(_FORMATS)}; give a container=")
    container, codec = _FORMATS[file.suffix.lower()]
    return {"container": container, "codec": codec}
