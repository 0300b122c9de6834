"""Paths that other machines have under other names: `paths={"/mnt/here": "/mnt/there"}`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from ...render.errors import quoted


class PathMap:
    """Folders of this machine, each with its name on the workers.

    Example:
        >>> PathMap({"/mnt/a": "/srv/b"}).there("/mnt/a/shot.blend")
        '/srv/b/shot.blend'
    """

    def __init__(self, paths: Mapping[str | os.PathLike[str], str | os.PathLike[str]] | None) -> None:
        """Check the folders. The longest one that fits a path is used.

        Raises:
            TypeError: a folder is no path.
            ValueError: a folder is not absolute.
        """
        pairs = []
        for here, there in (paths or {}).items():
            for folder in (here, there):
                if not isinstance(folder, str | os.PathLike):
                    raise TypeError(f"paths={quoted(paths)}: {quoted(folder)} is not a path")
                text = os.fspath(folder)
                if not PurePosixPath(text).is_absolute() and not PureWindowsPath(text).is_absolute():
                    raise ValueError(f"paths={quoted(paths)}: {quoted(text)} is not an absolute path")
            pairs.append((_parts(os.fspath(here)), _parts(os.fspath(there))))
        self._pairs = pairs

    def there(self, path: str) -> str:
        """Return the name that a path of this machine has on the workers."""
        return _moved(path, self._pairs)

    def here(self, path: str) -> str:
        """Return the name that a path of the workers has on this machine."""
        return _moved(path, [(there, here) for here, there in self._pairs])

    def sent(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request's fields with the workers' paths."""
        return _with_paths(request, self.there)

    def received(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer's or event's fields with the paths of this machine."""
        return _with_paths(message, self.here)


_SINGLE = frozenset({"file", "folder", "listing", "pixels", "filepath"})


def _with_paths(message: Mapping[str, Any], moved: Any) -> dict[str, Any]:
    """Return a message of the pool's protocol, or a part of it, with each path moved."""
    changed = dict(message)
    for name, value in message.items():
        if name in _SINGLE and isinstance(value, str):
            changed[name] = moved(value)
        elif name == "files" and isinstance(value, list):
            changed[name] = [moved(file) for file in value]
        elif name == "patterns":
            changed[name] = [[moved(before), width, after] for before, width, after in value]
        elif name in {"settings", "result"} and isinstance(value, Mapping):
            changed[name] = _with_paths(value, moved)
    return changed


def _parts(folder: str) -> str:
    return folder.rstrip("/\\") or folder


def _moved(path: str, pairs: list[tuple[str, str]]) -> str:
    """Return a path below the first folder of a pair as one below the second."""
    for old, new in sorted(pairs, key=lambda pair: -len(pair[0])):
        rest = path[len(old) :]
        if path.startswith(old) and (not rest or rest[0] in "/\\" or old[-1] in "/\\"):
            return new + rest
    return path
