"""The journal: files of the user that hold the settings of scenes from before their jobs.

A .blend file that is saved while it renders has the job's settings. The file has a random token, too, and no more:
anybody may have written a .blend file. The scene's own values are in the journal, in Blender's folder for the user's
configuration. Each token has an entry, which is a file of its own. An entry is written completely or not at all, since
several Blenders may write at the same time.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from ..datablocks import Datablock
from .properties import Location
from .snapshot import Saved, Snapshot

MAX_SIZE = 1024 * 1024
"""Bytes of the largest entry. A common entry has some hundred bytes, and the entry of a film with 10,000 bound markers
has half of the limit."""

MAX_TOTAL = 32 * MAX_SIZE
"""Bytes of all entries together."""

_DAY = 24 * 60 * 60

_LIMITS = {"saved-": (256, 400 * _DAY), "job-": (1024, 30 * _DAY), ".new-": (16, _DAY / 24)}
"""Number of files that are kept, the newest, and seconds that they are kept, by the prefix of their names.

- `saved-`: entries of jobs during which a file was saved.
- `job-`: entries of other jobs, for autosaves: no handler reports an autosave.
- `.new-`: files that a Blender was writing when it crashed.

A script may render some hundred stills between two autosaves, or beside another Blender with a long render. The entries
that these need must stay.
"""

_TOKEN = re.compile("[0-9a-f]{32}")

_VERSION = 2


def new_token() -> str:
    """Return a random name for a new entry."""
    return secrets.token_hex(16)


def is_token(value: object) -> bool:
    """Return whether a value is a token. A .blend file may have any value where a token stands."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def folder() -> Path:
    """Return the folder of this Blender's journal. On the main thread only."""
    return Path(bpy.utils.user_resource("CONFIG"), "async_render", "journal")


def write(folder: Path, token: str, text: str, *, is_saved: bool) -> None:
    """Write an entry, on any thread.

    Args:
        folder: the folder of the journal.
        token: the entry's token.
        text: the entry, from `as_text`.
        is_saved: whether a .blend file has the token now; such an entry is kept longer.

    Raises:
        OSError: the entry cannot be written, or the folder belongs to another user.
    """
    if len(text) > MAX_SIZE:
        raise OSError(f"the entry has {len(text)} bytes, and more than {MAX_SIZE}")
    _check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _check_owner(folder)
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=folder)  # only the user can read it
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        new.replace(_file(folder, token, is_saved))
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if is_saved:
        _file(folder, token, False).unlink(missing_ok=True)


def read(folder: Path, token: str) -> Snapshot | None:
    """Return the snapshot of an entry; None: there is no entry, or it cannot be read."""
    for is_saved in (True, False):
        try:
            _check_owner(folder)
            entry = _file(folder, token, is_saved)
            if not stat.S_ISREG(entry.lstat().st_mode):  # a pipe would wait for ever
                continue
            with entry.open(encoding="ascii") as file:
                return from_text(file.read(MAX_SIZE + 1))
        except (OSError, ValueError):
            continue
    return None


def clean(folder: Path) -> None:
    """Remove entries that are too old, and the oldest entries where there are too many.

    Raises:
        OSError: an entry cannot be removed.
    """
    now = time.time()
    files: dict[str, list[tuple[float, int, str]]] = {kind: [] for kind in _LIMITS}
    with os.scandir(folder) as entries:
        for entry in entries:
            for kind in files:
                if entry.name.startswith(kind):
                    with suppress(FileNotFoundError):  # another Blender may clean, too
                        found = entry.stat(follow_symlinks=False)
                        files[kind].append((found.st_mtime, found.st_size, entry.name))
    total = 0
    for kind, (count, age) in _LIMITS.items():
        for index, (written, size, name) in enumerate(sorted(files[kind], reverse=True)):
            total += size
            if index >= count or now - written > age or total > MAX_TOTAL:
                (folder / name).unlink(missing_ok=True)


def _file(folder: Path, token: str, is_saved: bool) -> Path:
    return folder / f"{'saved' if is_saved else 'job'}-{token}.json"


def _check_place(folder: Path) -> None:
    """Raise OSError when the folder is below the current folder, which may be anybody's.

    Blender has no folder for the user's configuration where the variable BLENDER_USER_CONFIG is empty (4.2 to 5.2).
    """
    if not folder.is_absolute():
        raise OSError("BLENDER_USER_CONFIG is no absolute path: unset it, or write one")


def _check_owner(folder: Path) -> None:
    """Raise OSError when others can read or write the folder. On Windows the user's folders are always private."""
    _check_place(folder)
    if os.name == "nt":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise OSError(f"{str(folder)!r} is not a folder that belongs to this user alone")


def as_text(snapshot: Snapshot) -> str:
    """Return a snapshot as JSON.

    Datablocks have names and libraries there: a `session_uid` does not outlive its file.
    """
    values = [
        [
            location.path,
            _plain(location.root),
            _plain(saved.original),
            [_plain(job) for job in saved.from_job],
            saved.is_unset,
        ]
        for location, saved in snapshot.values.items()
    ]
    markers = [[name, frame, _plain(camera)] for name, frame, camera in snapshot.marker_cameras]
    return json.dumps({"version": _VERSION, "values": values, "markers": markers, "layers": snapshot.layers})


def from_text(text: str) -> Snapshot:
    """Return the snapshot in a text that `as_text` wrote.

    Raises:
        ValueError: the text is no such text.
    """
    try:
        entry = json.loads(text)
        if entry["version"] != _VERSION:
            raise ValueError(f"an entry of version {entry['version']}")
        return Snapshot(
            dict(_values(entry["values"])),
            [(str(name), int(frame), _datablock(camera)) for name, frame, camera in entry["markers"]],
            {str(name): str(mark) for name, mark in entry["layers"].items()},
        )
    except (AttributeError, KeyError, OverflowError, TypeError, RecursionError) as error:
        raise ValueError(f"no entry of the journal: {error}") from error


def _values(rows: Any) -> Iterator[tuple[Location, Saved]]:
    for path, root, own, jobs, is_unset in rows:
        location = Location(str(path), None if root is None else _datablock(root))
        yield location, Saved(_value(own), [_value(job) for job in jobs], bool(is_unset))


def _plain(value: Any) -> Any:
    return {"datablock": [value.name, value.library]} if isinstance(value, Datablock) else value


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return _datablock(value) if isinstance(value, dict) else value


def _datablock(value: Any) -> Datablock:
    name, library = value["datablock"]
    if not all(isinstance(item, str | None) for item in (name, library)):
        raise TypeError(f"no datablock: {value!r}")
    return Datablock(None, name, library)
