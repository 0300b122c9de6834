"""Movies and stills are written beside their place, and put there when they are whole."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..render.outputs import find_damage
from ..render.settings import RenderSettings
from .applied import applied
from .outputs import files_of

PREFIX = ".async_render_"
"""How the folders begin in which they are written."""


class Stage:
    """A folder in which a movie or a still is being written.

    Args:
        target: the folder where its files shall be in the end.
        still: the places of a still; None: it is a movie, whose file keeps its name.
        has_frames: whether anything was rendered: if not, nothing of a movie is kept.

    Attributes:
        is_complete: to be set when Blender says that all is there.
        delivered: the files that were put in their places.
        partial: those that are beside their places.
        damaged: places that keep what they had, and what is wrong with the new file.
    """

    def __init__(self, target: Path, still: Sequence[Path] | None, has_frames: Callable[[], bool]) -> None:
        self.is_complete = False
        self.delivered: list[Path] = []
        self.partial: list[Path] = []
        self.damaged: dict[Path, str] = {}
        self._target = target
        self._still = still
        self._has_frames = has_frames

    def deliver(self, folder: Path) -> None:
        """Put what is whole in its place, and the rest of a movie beside it."""
        files = sorted(file for file in folder.iterdir() if file.stat().st_size)
        places = [self._target / file.name for file in files] if self._still is None else sorted(self._still)
        for file, place in zip(files, places, strict=False):  # what is missing is told by whoever looks for it
            damage = find_damage(file) if self.is_complete else None
            if damage is not None:
                self.damaged[place] = damage
            if self.is_complete and damage is None:
                self._put(file, place)
            elif self._still is None and self._has_frames():
                self._put_beside(file, place)

    def _put(self, file: Path, place: Path) -> None:
        try:
            self.delivered.append(Path(shutil.move(file, place)))
        except OSError as error:  # on Windows, where a player has the old one open
            beside = self._put_beside(file, place)
            self.damaged[place] = f"cannot be replaced ({error.strerror or error}); the new one is {beside}"

    def _put_beside(self, file: Path, place: Path) -> Path:
        beside = Path(shutil.move(file, place.with_name(f"{place.stem}.partial{place.suffix}")))
        self.partial.append(beside)
        return beside


@contextmanager
def staged(
    scene: bpy.types.Scene, still: Sequence[Path] | None, has_frames: Callable[[], bool]
) -> Iterator[Stage | None]:
    """Let a movie or a still be written in a folder beside its place, and put it there at the end of the `with` block.

    What was there stays until the new one is whole. A movie that is not whole is put beside it, as `name.partial.mkv`.

    Args:
        scene: whose output it is. None comes out when it writes an animation of pictures: each has its place at once.
        still: the places of a still.
        has_frames: whether anything was rendered; asked at the end.
    """
    if still is None and not scene.render.is_movie_format:
        yield None
        return
    target = (files_of(scene, scene.frame_start) if still is None else still)[0].parent
    stage = Stage(target, still, has_frames)
    name = "####" if still is not None else re.split(r"[/\\]" if os.name == "nt" else "/", scene.render.filepath)[-1]
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=target, ignore_cleanup_errors=True) as folder,
        applied(scene, RenderSettings(scene=scene.name, filepath=as_template(folder, name))),
    ):
        try:
            yield stage
        finally:
            stage.deliver(Path(folder))


def as_template(folder: str, name: str) -> str:
    """The path as `RenderSettings.filepath` takes it. From 4.5 on the name is a template already."""
    folder = folder.replace("{", "{{").replace("}", "}}")
    if bpy.app.version < (4, 5):
        name = name.replace("{", "{{").replace("}", "}}")
    return f"{folder}{os.sep}{name}"
