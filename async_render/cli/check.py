"""`async-render check`: which files of a folder are damaged, and which frames are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..output.folders import PREFIX
from ..output.formats import SUFFIXES
from ..output.integrity import find_damage
from ..render.frames import check_frames, frames_text
from .exit_codes import ExitCode
from .reports import Report
from .sequences import sequences

THREADS = 4
"""Files that are read at a time: one waits for the disk while another one is checked."""

BATCH = 256
"""Files that are handed to the threads at a time, so that memory is bounded whatever the folder has."""


@dataclass
class Counts:
    """What `check` has found.

    Attributes:
        files: the files of pictures and movies.
        damaged: the files that are damaged.
        missing: the frames that have no file.
        unfinished: the folders and movies of renders that did not end well, or that run.
    """

    files: int = 0
    damaged: int = 0
    missing: int = 0
    unfinished: int = 0


def check(folder: Path, frames: str | None, report: Report) -> ExitCode:
    """Report the damaged files and the missing frames of a folder and the folders below. Links are not followed.

    Args:
        folder: the folder.
        frames: the frames that each sequence should have; None: all between its first and its last.
        report: the report.

    Returns:
        `OK`: all files are complete. `INCOMPLETE`: a file is damaged, or a frame is missing. `USAGE`: there is no such
        folder, or no picture and no movie in it.
    """
    if not folder.is_dir():
        report.error(f"{folder} is not a folder; name the folder that has the pictures")
        return ExitCode.USAGE
    if frames is not None:
        try:
            check_frames(frames)
        except ValueError as error:
            report.error(str(error))
            return ExitCode.USAGE
    counts = Counts()
    unread: list[OSError] = []
    with ThreadPoolExecutor(THREADS, thread_name_prefix="async_render check") as threads:
        for path, folders, names in os.walk(folder, onerror=unread.append):
            folders.sort()
            for name in [name for name in folders if name.startswith(PREFIX)]:
                folders.remove(name)
                _unfinished(Path(path, name), counts, report)
            _check_folder(Path(path), sorted(names), frames, counts, report, threads)
    for reason in unread:
        counts.damaged += 1
        report.event("damaged", file=str(reason.filename), damage=f"cannot be read: {reason.strerror or reason}")
    report.event("checked", **vars(counts))
    if not counts.files and not counts.damaged:
        report.error(f"{folder} has no picture and no movie that Blender writes")
        return ExitCode.USAGE
    return ExitCode.INCOMPLETE if counts.damaged or counts.missing or counts.unfinished else ExitCode.OK


def _check_folder(
    folder: Path, names: list[str], frames: str | None, counts: Counts, report: Report, threads: ThreadPoolExecutor
) -> None:
    written = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
    finished = []
    for name in written:
        if Path(name).stem.endswith(".partial"):
            _unfinished(folder / name, counts, report)
        else:
            finished.append(name)
    for batch in _batches(iter(finished)):
        files = [folder / name for name in batch]
        for file, damage in zip(files, threads.map(find_damage, files), strict=True):
            counts.files += 1
            if damage is not None:
                counts.damaged += 1
                report.event("damaged", file=str(file), damage=damage)
    for found in sequences(finished):
        if missing := found.missing(frames):
            counts.missing += len(missing)
            report.event("missing", files=str(folder / found.name), frames=frames_text(missing), count=len(missing))


def _unfinished(path: Path, counts: Counts, report: Report) -> None:
    counts.unfinished += 1
    report.event("unfinished", file=str(path))


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(names, BATCH)):
        yield batch
