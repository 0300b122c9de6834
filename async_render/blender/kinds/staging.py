"""Movies and stills, staged: earlier files at their destination come back unless the new files are complete.

Blender and the handlers of other add-ons find the path of the destination in the scene: an uploader reads it at
`render_complete`. So the scene gets no path to a folder of ours, and each kind of file has a way of its own.

- A movie grows from the first frame to the last. Blender opens it at its destination. As soon as it is open it is moved
  to a folder beside (`Beside`), and back at the end. Windows moves no open file: there it grows at its destination.
- A still without a number in its name is written as `poster.png0007.png` (`Beside`): Blender puts a number at the end
  of each name, and its extension behind it. The scene has the still's path meanwhile.
- A still of *Render Image*, which puts no number into names, is written under its own name (`InPlace`).
- A still with a number in its name is written as a frame of an animation, at its destination (`InPlace`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import bpy

from ...loop.shielded import to_the_end
from ...output.at_exit import also_at_exit
from ...output.beside import Beside
from ...output.folders import folder_beside
from ...output.in_place import InPlace
from ...output.links import real_file
from ...output.stage import Stage
from ...output.stage_folders import StageFolder, clean_up
from ...render.path_templates import literal
from ..host.long_work import call_in_worker_thread
from ..quirks.versions import PATHS_HAVE_VARIABLES
from ..settings.output_paths import files_of
from .plan import Output

log = logging.getLogger("async_render")


@asynccontextmanager
async def staged(output: Output, scene: bpy.types.Scene, has_frames: Callable[[], bool]) -> AsyncIterator[Stage]:
    """Let a movie or a still be written inside the `async with` block, and bring it to its destination at the end.

    The files that were there stay, or come back, until the new ones are complete. A movie that is not complete is put
    beside its destination, as `name.partial.mkv`. The pictures of an animation are not staged.

    Args:
        output: the files of the render.
        scene: the scene, which has the settings of the job.
        has_frames: returns whether anything was rendered; called at the end.

    Raises:
        RenderError: a file that is there cannot be replaced, or the disk takes no folder.
    """
    still = output.still
    stage = Stage(Path(), (), output.any_format)
    if not output.is_staged:
        yield stage
        return
    destinations = files_of(scene, scene.frame_start) if still is None else still.destinations
    movie: Any = scene.render.ffmpeg
    is_split = movie.use_autosplit
    written = destinations if still is None else still.written
    parents = {real_file(file).parent: None for file in (*destinations, *written)}
    for parent in parents:
        await call_in_worker_thread(clean_up, parent)
    folders: dict[Path, StageFolder] = {}
    has_ended = False

    def leave() -> None:
        """Leave the files as they must be. Blender is gone where the process ends: only files are touched."""
        nonlocal has_ended
        if has_ended:  # the task may be closed after it, too
            return
        has_ended = True
        stage.end()
        if stage.is_needed:
            for file, why in stage.damaged.items():
                log.warning("%s %s", file, why)  # a cancel does not tell it
        for folder in folders.values():
            folder.keep() if stage.is_needed else folder.discard()

    with also_at_exit(leave):
        for parent in parents:
            folders[parent] = folder_beside(parent / "_", output.path, StageFolder)
        paths = {parent: folder.path for parent, folder in folders.items()}
        stage = _stage(output, destinations, paths, has_frames, is_split=is_split)
        await stage.begin()
        async with _following(stage):
            yield stage
        if stage.is_complete:
            await to_the_end(lambda: call_in_worker_thread(stage.check))


def _stage(
    output: Output,
    destinations: Sequence[Path],
    folders: Mapping[Path, Path],
    has_frames: Callable[[], bool],
    *,
    is_split: bool,
) -> Stage:
    """Return the stage for a movie or a still.

    Args:
        output: the files of the render.
        destinations: the files' destinations, of which the first is at home.
        folders: the folder for incomplete files beside each folder of files.
        has_frames: returns whether anything was rendered.
        is_split: whether Blender splits a movie.
    """
    still, any_format = output.still, output.any_format
    home = folders[real_file(destinations[0]).parent]
    if still is None:
        of_each = dict(zip(destinations, destinations, strict=True))
        return Beside(home, of_each, any_format, folders, is_movie=True, is_split=is_split, has_frames=has_frames)
    if still.written != destinations:
        return Beside(home, dict(zip(still.written, destinations, strict=True)), any_format, folders)
    return InPlace(home, destinations, any_format, folders)


@asynccontextmanager
async def _following(stage: Stage) -> AsyncIterator[None]:
    task = asyncio.create_task(stage.follow(), name="async_render files")
    try:
        yield
    finally:
        task.cancel()


def as_template(folder: str, name: str) -> str:
    """Return the path as `RenderSettings.filepath` takes it. From 4.5 on the name is a template already."""
    folder = literal(folder)
    if not PATHS_HAVE_VARIABLES:
        name = literal(name)
    return f"{folder}{os.sep}{name}"
