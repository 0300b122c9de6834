"""The files that a .blend file of Blender 4 needs, as blender-asset-tracer finds them; a program of its own.

A child process runs this file by its path, in a Python that has blender-asset-tracer: it is not imported. Its answer is
the one of `blender/session/asset_files.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

from blender_asset_tracer import blendfile, bpathlib, pack

MOST_FILES = 200_000
"""Number of files that are listed."""

TOO_NEW = 500
"""Blender's version from which on BAT 1.23 misses the textures of libraries, without a word: 5.0."""


class RelativePath(bpathlib.BlendPath):
    """A path in a .blend file. BAT's own `mkrelative` fails where a sound lies in a folder above the .blend file's."""

    @classmethod
    def mkrelative(cls, asset_path: PurePath, bfile_path: PurePath) -> bpathlib.BlendPath:
        """Return the path from a .blend file to another file, or to a folder."""
        path = os.path.relpath(asset_path, bfile_path.parent)
        return cls(b"//" + (b"" if path == "." else path.encode()))


class Listing(pack.Packer):
    """A packer that copies nothing, and leaves each file where it is in relation to the others.

    BAT's own place for files outside of the project would break the relative paths of libraries that go there.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file, Path(file.anchor), str(Path(file.anchor, "job")))
        self.found: dict[str, str] = {}
        """The files, each with the file to read: a copy, where it has got other paths."""
        self.missing: dict[tuple[str, str], None] = {}

    def _visit_asset(self, asset_path: Path, usage: Any) -> None:
        before = len(self.missing_files)
        super()._visit_asset(asset_path, usage)
        self._record_missing(asset_path, usage, before)

    def _visit_sequence(self, asset_path: Path, usage: Any) -> None:
        before = len(self.missing_files)
        super()._visit_sequence(asset_path, usage)
        self._record_missing(asset_path, usage, before)

    def _record_missing(self, path: Path, usage: Any, before: int) -> None:
        if len(self.missing_files) > before:
            name = usage.block_name.decode(errors="replace")[2:]
            needed_by = f"the {usage.block.dna_type_name} {name!r} of {usage.block.bfile.filepath}"
            self.missing[str(path), needed_by] = None

    def _find_new_paths(self) -> None:
        for path in self._new_location_paths:
            self._actions[path].new_path = self._target_path / path.relative_to(self.project)

    def _start_file_transferrer(self) -> None:
        self._file_transferer = None

    def _perform_file_transfer(self) -> None:
        for path, action in self._actions.items():
            self._copy_asset_and_deps(path, action)

    def _send_to_target(self, asset_path: Any, target: Any, may_move: bool = False) -> None:
        original = str(self.project / target.relative_to(self._target_path))
        self.found[original] = str(asset_path) if may_move else original
        if len(self.found) > MOST_FILES:
            raise SystemExit(f"{self.blendfile} needs more than {MOST_FILES:,} files")


def main(file: str, cache: str, answer: str) -> None:
    """Write as JSON what a .blend file needs.

    Args:
        file: the .blend file.
        cache: the folder for .blend files that are saved with other paths.
        answer: the JSON file.
    """
    bpathlib.BlendPath = RelativePath  # type: ignore[misc]  # in this process only
    listing = Listing(Path(os.path.abspath(file)))
    with listing:
        listing.strategise()
        listing.execute()
        for path in listing.found:
            _check_version(Path(path))
        scenes = blendfile.open_cached(listing.blendfile).find_blocks_from_code(b"SC")
        outputs = {scene.get((b"r", b"pic"), as_str=True): None for scene in scenes}
        copies = {path: copy for path, copy in listing.found.items() if copy != path}
        rewritten = {path: str(_kept(Path(copy), Path(cache))) for path, copy in copies.items()}
    missing = [list(item) for item in listing.missing]
    result = {"files": list(listing.found), "missing": missing, "rewritten": rewritten, "outputs": list(outputs)}
    Path(answer).write_text(json.dumps(result), encoding="ascii")


def _check_version(path: Path) -> None:
    if path.suffix.lower() == ".blend":
        version = blendfile.open_cached(path).header.version
        if version >= TOO_NEW:
            raise SystemExit(
                f"{path} was saved by Blender {version // 100}.{version % 100}, whose files only Blender 5.0 and newer "
                "can list: render it by such a one"
            )


def _kept(copy: Path, cache: Path) -> Path:
    """Move a .blend file that has got other paths to the cache folder. The same content gets the same name."""
    digest = sha256()
    with copy.open("rb") as opened:
        while piece := opened.read(1 << 20):
            digest.update(piece)
    kept = cache / f"{digest.hexdigest()}.blend"
    part = kept.with_name(f"{kept.stem}.{os.getpid()}.blend")
    shutil.copyfile(copy, part)
    part.replace(kept)
    return kept


if __name__ == "__main__":
    main(*sys.argv[1:4])
