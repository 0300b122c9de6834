"""A small picture of the newest frame, as the file browser shows it."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import bpy
import bpy.utils.previews

from ...render.activity import Activity

INTERVAL = 5.0
"""Seconds between two pictures of a running render. Blender reads each one in a job of its own, in the background, and
keeps a thumbnail of it where all programs of the desktop look for them."""


class Picture:
    """The one picture that is shown; a new one takes the place of the old."""

    def __init__(self) -> None:
        self._previews: Any = bpy.utils.previews.new()
        self._shown: tuple[int, Path] | None = None
        self._since = 0.0

    def icon_of(self, activity: Activity) -> int | None:
        """The icon to draw; None when there is no picture."""
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
            return  # nobody can read it before Blender has written its end
        self._previews.clear()
        self._shown, self._since = (activity.number, file), perf_counter()
        self._previews.load(_key(self._shown), str(file), "MOVIE" if _is_movie(file) else "IMAGE")

    def close(self) -> None:
        """Free what Blender holds for it."""
        bpy.utils.previews.remove(self._previews)


def _is_movie(file: Path) -> bool:
    path: Any = bpy.path
    return file.suffix.lower() in path.extensions_movie


def _key(shown: tuple[int, Path]) -> str:
    return repr(shown)  # never the path itself, which may hold what is no UTF-8


_picture: Picture | None = None


def register() -> None:
    """Ready for a picture; without a window there is none."""
    global _picture
    _picture = None if bpy.app.background else Picture()


def unregister() -> None:
    """No picture any more."""
    global _picture
    if _picture is not None:
        _picture.close()
    _picture = None


def icon_of(activity: Activity) -> int | None:
    """The icon with the newest picture of a render; None when there is none."""
    return None if _picture is None else _picture.icon_of(activity)
