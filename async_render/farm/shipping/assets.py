"""The files that a .blend file needs are gathered, so that another machine can render it.

A child process lists them: Blender itself from 5.0 on (`blender/session/asset_files.py`), for older ones
blender-asset-tracer (`bat_files.py`). The files stay where they are. Their names in the job's folder are their paths
below the folder that all have in common, so relative paths stay right. .blend files with absolute paths are saved a
second time.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from time import time
from typing import Any

from ...loop.shielded import to_the_end, wait_until_done
from ...output.temporary_folders import ASSETS_PREFIX, remove_left, temporary_folder
from ...pool.worker_process.program import IS_WORKER, PACKAGE_HOME
from ...render.errors import RenderError, printable
from ...work.session import Program
from .cache_folder import cache_folder, private_folder
from .manifest import LONGEST_TEXT, MOST_MISSING, Entry, Manifest, Missing
from .pieces import PIECE, measure, read_piece

GATHER_TIMEOUT = 600.0
"""Seconds that a child process may take. It opens the file and its libraries once."""

LONGEST_LISTING = 200_000_000
"""Bytes of a child's answer that are read: 200,000 paths of 1,000 bytes."""

KEPT_SECONDS = 30 * 86_400.0
"""Seconds for which a .blend file with other paths is kept after its last use."""

TOO_OLD = 3
"""The exit code of a Blender that cannot list its files; as in `blender/session/asset_files.py`."""

_LISTING = (
    "import sys; sys.path.insert(0, {package!r}); "
    "from async_render.blender.session.asset_files import write_list; write_list({file!r}, {cache!r}, {answer!r})"
)


@dataclass(frozen=True)
class Assets:
    """The files of a job on this machine.

    Attributes:
        manifest: the files by their names in the job's folder, and those that are missing.
        sources: where each content is, by its digest.
        stamps: the time of change of each source, in nanoseconds, before it was read.
        outputs: the output paths of the file's scenes, as the file has them.
    """

    manifest: Manifest
    sources: Mapping[str, Path]
    stamps: Mapping[Path, int] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    def is_unchanged(self) -> bool:
        """Return whether all files are still as they were when they were gathered, by their sizes and times."""
        return all(
            _stamp(path) == (self.manifest.sizes[digest], self.stamps.get(path))
            for digest, path in self.sources.items()
        )

    def read(self, digest: str, offset: int, size: int = PIECE) -> bytes:
        """Return a piece of a content.

        Raises:
            RenderError: the job has no such content, or the file cannot be read.
        """
        if digest not in self.sources:
            raise RenderError(f"sha256={digest!r}: this job has no such content")
        return read_piece(self.sources[digest], offset, size)

    def lay_out(self, folder: Path) -> Path:
        """Copy the files into a folder as their names say, and return the .blend file that is rendered.

        Raises:
            RenderError: a file cannot be copied.
        """
        for entry in self.manifest.entries:
            target = folder / entry.name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.sources[entry.sha256], target)
            except OSError as error:
                raise RenderError(f"{target} cannot be written: {error.strerror or error}") from error
        return folder / self.manifest.main


async def gather(file: Path, program: Program | None, *, beside: Sequence[Path] = ()) -> Assets:
    """Gather the files that a .blend file needs. What is missing stands in the manifest, and is no error here.

    Args:
        file: the .blend file.
        program: the Blender that renders it, or a Python with `bpy` of the same version; None: there is none here, and
            blender-asset-tracer lists the files.
        beside: further files of the job, as a snapshot of the session has them beside it.

    Raises:
        RenderError: Blender cannot read the file; it is older than 5.0 and blender-asset-tracer is not there; or a name
            cannot travel.
    """
    cache = private_folder(cache_folder() / "relocated")
    file = await asyncio.to_thread(_normal, file)
    listing = await _list_files(file, program, cache)
    await asyncio.to_thread(_remove_old, cache)
    return await asyncio.to_thread(_assets, file, listing, beside)


def _normal(file: Path) -> Path:
    return Path(os.path.abspath(file))


async def _list_files(file: Path, program: Program | None, cache: Path) -> Any:
    await asyncio.to_thread(remove_left)
    with temporary_folder(ASSETS_PREFIX) as folder:
        answer = folder / "files.json"
        ended, printed = TOO_OLD, ""
        if program is not None:
            code = _LISTING.format(package=str(PACKAGE_HOME), file=str(file), cache=str(cache), answer=str(answer))
            options = ["-c"] if program.kind == "python" else ["-b", "--python-exit-code", "1", "--python-expr"]
            command = [str(program.path), *program.arguments, *options, code]
            ended, printed = await _run(command, program.environment)
        if ended == TOO_OLD:
            script = str(Path(__file__).with_name("bat_files.py"))
            command = [_python_with_bat(file), "-P", script, str(file), str(cache), str(answer)]
            ended, printed = await _run(command, {})
        if ended != 0 or not answer.is_file():
            last = printable(" / ".join(printed.splitlines()[-3:]))[-LONGEST_TEXT:]
            raise RenderError(f"file={str(file)!r}: the files that it needs cannot be listed: {last}")
        if answer.stat().st_size > LONGEST_LISTING:
            raise RenderError(f"file={str(file)!r}: it needs too many files; share its folder with the workers")
        return json.loads(await asyncio.to_thread(answer.read_text, encoding="ascii"))


def _python_with_bat(file: Path) -> str:
    if importlib.util.find_spec("blender_asset_tracer") is None:
        raise RenderError(
            f"file={str(file)!r}: this machine has no Blender of 5.0 or newer, so blender-asset-tracer has to list the "
            "files that it needs: pip install 'async-render[farm]', or share the folder with the workers"
        )
    return sys.executable


async def _run(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
    """Run a program, and return its exit code and the end of what it printed. It never outlives this call.

    A thread runs it: asyncio of Python 3.11 may wait for ever where a task is cancelled while it starts a process.
    """
    running: list[subprocess.Popen[bytes]] = []
    is_over = threading.Event()
    run = asyncio.ensure_future(asyncio.to_thread(_run_here, command, variables, running, is_over))
    try:
        async with asyncio.timeout(GATHER_TIMEOUT):
            return await asyncio.shield(run)
    except TimeoutError as error:
        raise RenderError(f"{command[0]!r} has not listed the files in {GATHER_TIMEOUT:g} s") from error
    finally:
        is_over.set()
        for process in running:
            process.kill()
        await to_the_end(lambda: wait_until_done(run))


def _run_here(
    command: Sequence[str],
    variables: Mapping[str, str],
    running: list[subprocess.Popen[bytes]],
    is_over: threading.Event,
) -> tuple[int, str]:
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **variables, IS_WORKER: "1"},
            start_new_session=True,
        )
    except OSError as error:
        raise RenderError(f"{command[0]!r} cannot be started: {error.strerror or error}") from error
    running.append(process)
    if is_over.is_set():
        process.kill()
    printed = b""
    with process:
        assert process.stdout is not None
        while piece := process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            printed = (printed + piece)[-(1 << 16) :]
    return process.returncode, printed.decode(errors="replace")


def _remove_old(cache: Path) -> None:
    for path in cache.iterdir():
        with suppress(OSError):  # another process has just removed it, or somebody has put a folder there
            if time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()


def _assets(file: Path, listing: Any, beside: Sequence[Path]) -> Assets:
    """Return the assets that a child's answer means. A worker thread calls this: all files are read."""
    try:
        paths = [Path(path) for path in dict.fromkeys([str(file), *listing["files"], *map(os.path.abspath, beside)])]
        missing = [
            Missing(printable(path[:LONGEST_TEXT]), printable(user[:LONGEST_TEXT])) for path, user in listing["missing"]
        ]
        rewritten = {Path(path): Path(copy) for path, copy in listing["rewritten"].items()}
        outputs = tuple(map(str, listing["outputs"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RenderError(f"file={str(file)!r}: the list of the files that it needs is damaged: {error}") from error
    names = dict(zip(paths, _names(paths), strict=True))
    entries, sources, stamps = [], {}, {}
    for path, name in names.items():
        source = rewritten.get(path, path)
        stamp = _stamp(source)
        size, digest = measure(source)
        entries.append(Entry(name, size, digest))
        sources[digest], stamps[source] = source, stamp[1]
    more = max(0, len(missing) - MOST_MISSING)
    manifest = Manifest(names[file], tuple(entries), tuple(missing[:MOST_MISSING]), more)
    return Assets(manifest, sources, stamps, outputs)


def _stamp(path: Path) -> tuple[int, int]:
    """Return the size and the time of change of a file; (-1, 0): it is not there."""
    try:
        status = path.stat()
    except OSError:
        return -1, 0
    return status.st_size, status.st_mtime_ns


def _names(paths: Sequence[Path]) -> list[str]:
    """Return names for absolute paths: what follows the folder that all have in common. A drive is a folder, too."""
    whole = [PurePosixPath("/", path.drive.replace(":", "").strip("/\\"), *path.parts[1:]) for path in paths]
    common = os.path.commonpath([str(path.parent) for path in whole])
    return [str(path.relative_to(common)) for path in whole]
