"""The files that a .blend file needs, as Blender itself finds them: a child process lists them for other machines.

From Blender 5.0 on, which has `bpy.data.file_path_foreach`. blender-asset-tracer 1.23 reads files of 5.0 to 5.2 without
an error, and misses the textures of their libraries. So it is asked about files of older Blenders only.

Absolute paths would mean nothing on another machine. Each .blend file that has some is saved a second time, with
paths that are relative to it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import bpy

from ..paths import absolute
from .missing_files import find_missing

TOO_OLD = 3
"""The exit code of a Blender that cannot list its files."""

MOST_FILES = 200_000
"""Number of files that are listed."""

_FLAGS = {"SKIP_PACKED", "SKIP_WEAK_REFERENCES"}

_WITHIN = (bpy.types.Text,)
"""Datablocks whose files are not read again: a text is in the .blend file."""


def write_list(file: str, cache: str, answer: str) -> None:
    """Write as JSON what a .blend file needs; `farm/shipping/assets.py` reads it. This process is of no use afterwards.

    Args:
        file: the .blend file.
        cache: the folder for .blend files that are saved with other paths.
        answer: the JSON file.
    """
    if not hasattr(bpy.data, "file_path_foreach"):
        raise SystemExit(TOO_OLD)
    _open(file)
    main = Path(os.path.abspath(file))
    missing = {
        (os.path.normpath(path), needed_by): None
        for scene in bpy.data.scenes
        for needed_by, path in find_missing(scene)
    }
    outputs = {scene.render.filepath: None for scene in bpy.data.scenes}
    files: dict[Path, None] = {main: None}
    blends: list[Path] = [main]
    for owner, path, base in _paths(_FLAGS):
        for found in _files_at(owner, absolute(path, base)):
            files[found] = None
            if len(files) > MOST_FILES:
                raise SystemExit(f"{file} needs more than {MOST_FILES:,} files")
            if isinstance(owner, bpy.types.Library) and found not in blends:
                blends.append(found)
    for blend in blends:
        files |= dict.fromkeys(_below(blend.parent / f"blendcache_{blend.stem}"))
    rewritten = {}
    for blend in blends:
        if blend != main:
            _open(str(blend))
        copy = _with_relative_paths(blend, Path(cache))
        if copy is not None:
            rewritten[str(blend)] = str(copy)
    listing = {
        "files": [str(path) for path in files],
        "missing": [list(item) for item in missing],
        "rewritten": rewritten,
        "outputs": list(outputs),
    }
    Path(answer).write_text(json.dumps(listing), encoding="ascii")


def _open(file: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=file, load_ui=False, use_scripts=False)


def _paths(flags: set[str]) -> Iterator[tuple[bpy.types.ID, str, bpy.types.Library | None]]:
    """Yield the paths of the open file, each with its datablock and with the library that `//` means."""
    found: list[tuple[bpy.types.ID, str, bpy.types.Library | None]] = []

    def visit(owner: bpy.types.ID, path: str, meta: Any) -> None:  # noqa: ARG001 - as Blender calls it
        if path and path != "<builtin>" and not isinstance(owner, _WITHIN):
            found.append((owner, path, owner.library))

    bpy.data.file_path_foreach(visit, flags=flags)
    yield from found


def _files_at(owner: Any, path: Path) -> Iterator[Path]:
    """Yield the files that a path means: one, those of a sequence, the tiles of an image, or a folder's."""
    name = path.name
    if "<UDIM>" in name or "<UVTILE>" in name:
        pattern = re.escape(name).replace("<UDIM>", r"\d{4}").replace("<UVTILE>", r"u\d+_v\d+")
        yield from _named(path.parent, pattern)
    elif getattr(owner, "source", "") == "SEQUENCE" or getattr(owner, "is_sequence", False):
        match = re.fullmatch(r"(.*?)(\d+)(\D*)", name)
        if match is None:
            yield from _regular(path)
        else:
            yield from _named(path.parent, rf"{re.escape(match[1])}\d+{re.escape(match[3])}")
    elif path.is_dir():
        yield from _below(path)
    else:
        yield from _regular(path)


def _regular(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield Path(os.path.normpath(path))


def _named(folder: Path, pattern: str) -> Iterator[Path]:
    known = re.compile(pattern)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if known.fullmatch(path.name):
            yield from _regular(path)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        yield from _regular(path)


def _with_relative_paths(blend: Path, cache: Path) -> Path | None:
    """Save the open file with relative paths only, and return the copy; None: it has no others.

    Blender never writes the same bytes twice. The copy is named after the content and the new paths, so that the same
    file gives the same copy, which other machines have already.
    """
    changes: dict[str, str] = {}
    for _, path, base in _paths(_FLAGS | {"SKIP_LINKED"}):
        target = absolute(path, base)
        if not path.startswith("//") and target.parent.exists():
            changes[path] = "//" + relative(target, blend.parent)
    if not changes:
        return None
    digest = sha256(json.dumps([sorted(changes.items()), bpy.app.version_string]).encode())
    with blend.open("rb") as opened:
        while piece := opened.read(1 << 20):
            digest.update(piece)
    copy = cache / f"{digest.hexdigest()}.blend"
    if not copy.exists():
        bpy.data.file_path_foreach(lambda _, path, __: changes.get(path), flags=_FLAGS | {"SKIP_LINKED"})
        part = copy.with_name(f"{copy.stem}.{os.getpid()}.blend")
        bpy.ops.wm.save_as_mainfile(filepath=str(part), copy=True, relative_remap=False, compress=True)
        part.replace(copy)
    else:
        os.utime(copy)
    return copy


def relative(path: Path, folder: Path) -> str:
    """Return the path from a folder to a file. A drive is a folder, as in the names of `farm/shipping/assets.py`."""
    return os.path.relpath(_without_drive(path), _without_drive(folder)).replace(os.sep, "/")


def _without_drive(path: Path) -> str:
    drive, rest = os.path.splitdrive(os.path.normpath(path))
    return f"{os.sep}{drive.strip(os.sep).replace(':', '')}{rest}" if drive else rest
