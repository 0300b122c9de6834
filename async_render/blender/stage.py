"""Movies and stills are written beside their place, and put there when they are whole."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..render.settings import RenderSettings
from .applied import applied
from .outputs import absolute

PREFIX = ".async_render_"
"""How the folders begin in which they are written."""


class Stage:
    """A folder in which a movie or a still is being written.

    Attributes:
        is_complete: to be set when all its frames are there.
        delivered: where its files are in the end.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self.delivered: tuple[Path, ...] = ()


@contextmanager
def staged(scene: bpy.types.Scene, still: Sequence[Path] | None) -> Iterator[Stage | None]:
    """Let a movie or a still be written in a folder beside its place, and put it there at the end of the `with` block.

    What was there stays until the new one is whole. A movie that is not whole is put beside it, as `name.partial.mkv`.

    Args:
        scene: whose output it is. None comes out when it writes an animation of pictures: each has its place at once.
        still: the places of a still.
    """
    if still is None and not scene.render.is_movie_format:
        yield None
        return
    stage = Stage()
    path = scene.render.filepath
    target = absolute(path + "_").parent if still is None else still[0].parent
    name = "####" if still is not None else re.split(r"[/\\]" if os.name == "nt" else "/", path)[-1]
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=target, ignore_cleanup_errors=True) as folder,
        applied(scene, RenderSettings(scene=scene.name, filepath=as_template(folder, name))),
    ):
        try:
            yield stage
        finally:
            files = sorted(file for file in Path(folder).iterdir() if file.stat().st_size)
            places = sorted(still) if still is not None else [target / file.name for file in files]
            stage.delivered = tuple(_deliver(files, places, stage.is_complete, is_still=still is not None))


def as_template(folder: str, name: str) -> str:
    """The path as `RenderSettings.filepath` takes it. From 4.5 on the name is a template already."""
    folder = folder.replace("{", "{{").replace("}", "}}")
    if bpy.app.version < (4, 5):
        name = name.replace("{", "{{").replace("}", "}}")
    return f"{folder}{os.sep}{name}"


def _deliver(files: list[Path], places: list[Path], is_complete: bool, *, is_still: bool) -> Iterator[Path]:
    for file, place in zip(files, places, strict=False):  # what is missing is told by whoever looks at the files
        if is_complete:
            yield Path(shutil.move(file, place))
        elif not is_still:
            yield Path(shutil.move(file, place.with_name(f"{place.stem}.partial{place.suffix}")))
