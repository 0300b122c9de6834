"""A small picture of the newest frame, like the ones in the file browser."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import bpy
import bpy.utils.previews

from ...render.activity import Activity

INTERVAL = 5.0
"""Seconds between two pictures of a running render, at least. Blender reads each picture in a background job, and keeps
a thumbnail where all programs of the desktop search for thumbnails."""


class Picture:
    """The one picture that is shown. A new picture replaces the old one."""

    def __init__(self) -> None:
        self._previews: Any = bpy.utils.previews.new()
        self._shown: tuple[int, Path] | None = None
        self._since = 0.0

    def icon_of(self, activity: Activity) -> int | None:
        """Return the icon to draw; None: there is no picture."""
        file = activity.last_file
        if file is not None and self._is_due(activity, file):
            self._load(activity, file)
        if self._shown is None or self._shown[0] != activity.number:
            return None
        icon: int = self._previews[_key(self._shown)].icon_id
        return icon

    def _is_due(self, activity: Activity, file: Path) -> bool:
        if (activity.number, file) == self._shown:
            return False
        if activity.state.is_over or self._shown is None or activity.number != self._shown[0]:
            return True
        return perf_counter() - self._since >= INTERVAL

    def _load(self, activity: Activity, file: Path) -> None:
        if _is_movie(file) and not activity.state.is_over:
            return  # no program can read a movie before Blender has written its end
        self._previews.clear()
        self._shown, self._since = (activity.number, file), perf_counter()
        self._previews.load(_key(self._shown), str(file), "MOVIE" if _is_movie(file) else "IMAGE")

    def close(self) -> None:
        """Free the memory that Blender holds for the picture."""
        bpy.utils.previews.remove(self._previews)


def _is_movie(file: Path) -> bool:
    path: Any = bpy.path
    return file.suffix.lower() in path.extensions_movie


def _key(shown: tuple[int, Path]) -> str:
    return repr(shown)  # never the path itself, which may have characters that are no UTF-8


_picture: Picture | None = None


def register() -> None:
    """Prepare for a picture. Without a window there is none."""
    global _picture
    _picture = None if bpy.app.background else Picture()


def unregister() -> None:
    """Remove the picture."""
    global _picture
    if _picture is not None:
        _picture.close()
    _picture = None


def icon_of(activity: Activity) -> int | None:
    """Return the icon with the newest picture of a render; None: there is none."""
    return None if _picture is None else _picture.icon_of(activity)
