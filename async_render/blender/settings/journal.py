"""The journal: what scenes had before jobs changed them, in files of the user's own.

A .blend file that is saved while it renders has the job's settings in it. It carries a random token, and no more: what
stands in a .blend file may come from anybody. The values stand here, in Blender's folder for the user's configuration,
one file for each token, written whole or not at all, since several Blenders may write at the same time.
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
from .properties import Place
from .snapshot import Saved, Snapshot

MAX_SIZE = 1024 * 1024
"""Bytes of an entry; a usual one has some hundred, one of a film with 10,000 bound markers half of it."""

MAX_TOTAL = 32 * MAX_SIZE
"""Bytes of all entries."""

_DAY = 24 * 60 * 60

_LIMITS = {"saved-": (256, 400 * _DAY), "job-": (1024, 30 * _DAY), ".new-": (16, _DAY / 24)}
"""How many files are saved, and for how many seconds, the newest ones: of jobs while which a file was saved; of others,
for autosaves, which no handler tells of; and of files that a Blender was writing when it crashed. A script that renders
some hundred stills between two autosaves, or beside a Blender with a long render, must not push out what those need."""

_TOKEN = re.compile("[0-9a-f]{32}")

_VERSION = 1


def new_token() -> str:
    """A name for a new entry, which nobody guesses."""
    return secrets.token_hex(16)


def is_token(value: object) -> bool:
    """Whether it is a token; in a .blend file anything may stand in its place."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def folder() -> Path:
    """Where the journal is, in this Blender. On the main thread only."""
    return Path(bpy.utils.user_resource("CONFIG"), "async_render", "journal")


def write(folder: Path, token: str, text: str, *, is_saved: bool) -> None:
    """Write an entry, on any thread.

    Args:
        is_saved: whether a .blend file has its token now: it is saved for longer.

    Raises:
        OSError: that is not possible, or the folder belongs to somebody else.
    """
    if len(text) > MAX_SIZE:
        raise OSError(f"the entry has {len(text)} bytes, and more than {MAX_SIZE}")
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
    """What an entry has; None: there is none, or it cannot be read."""
    for is_saved in (True, False):
        try:
            _check_owner(folder)
            with _file(folder, token, is_saved).open(encoding="ascii") as file:
                return from_text(file.read(MAX_SIZE + 1))
        except (OSError, ValueError):
            continue
    return None


def clean(folder: Path) -> None:
    """Remove the oldest entries, where there are too many, and those that are too old.

    Raises:
        OSError: that is not possible.
    """
    now = time.time()
    files: dict[str, list[tuple[float, int, str]]] = {kind: [] for kind in _LIMITS}
    with os.scandir(folder) as entries:
        for entry in entries:
            for kind in files:
                if entry.name.startswith(kind):
                    with suppress(FileNotFoundError):  # another Blender cleans, too
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


def _check_owner(folder: Path) -> None:
    """On Windows the user's folders are private by themselves."""
    if os.name == "nt":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise OSError(f"{str(folder)!r} is not a folder that belongs to this user alone")


def as_text(snapshot: Snapshot) -> str:
    """As JSON. Datablocks are known by their names and libraries: a `session_uid` does not outlive a file."""
    values = [
        [
            place.path,
            _plain(place.root),
            _plain(saved.original),
            [_plain(job) for job in saved.from_job],
            saved.is_unset,
        ]
        for place, saved in snapshot.values.items()
    ]
    markers = [[name, frame, _plain(camera)] for name, frame, camera in snapshot.marker_cameras]
    return json.dumps({"version": _VERSION, "values": values, "markers": markers, "layers": snapshot.layers})


def from_text(text: str) -> Snapshot:
    """What `as_text` wrote.

    Raises:
        ValueError: it is not that.
    """
    try:
        entry = json.loads(text)
        if entry["version"] != _VERSION:
            raise ValueError(f"an entry of version {entry['version']}")
        return Snapshot(
            dict(_values(entry["values"])),
            [(str(name), int(frame), _datablock(camera)) for name, frame, camera in entry["markers"]],
            tuple(str(name) for name in entry["layers"]),
        )
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no entry of the journal: {error}") from error


def _values(rows: Any) -> Iterator[tuple[Place, Saved]]:
    for path, root, own, jobs, is_unset in rows:
        place = Place(str(path), None if root is None else _datablock(root))
        yield place, Saved(_value(own), [_value(job) for job in jobs], bool(is_unset))


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
