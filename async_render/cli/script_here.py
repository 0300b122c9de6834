"""A script, run by the Blender of this process: on the module `bpy`, or inside `blender -b`."""

from __future__ import annotations

import sys
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import TracebackException

import async_render as ar

from ..render.activity import Kind, State, activities
from ..script.compiled import Script
from ..script.error_text import headline, short_text
from .exit_codes import ExitCode
from .printed import printed_by
from .reports import Report


def run_here(script: Path, arguments: Sequence[str], file: Path | None, report: Report) -> int:
    """Run a script to its end, and report what it prints and how far its renders are.

    Args:
        script: the script, which may await at its top, or call `ar.run` itself.
        arguments: its arguments, in `sys.argv`.
        file: the .blend file that is opened first; None: none.
        report: the report.

    Returns:
        The exit code: the script's own where it calls `exit`.
    """
    try:
        with tokenize.open(script) as opened:  # by the encoding that the file names
            compiled = Script.compile(opened.read(), str(script))
    except (OSError, SyntaxError, ValueError) as error:
        report.error(headline(TracebackException.from_exception(error)))
        return ExitCode.USAGE
    with _as_program(script, arguments), printed_by(report), _renders_reported(report):
        try:
            if file is not None:
                ar.run(ar.open_file(file, discard=True), name=f"open {file.name}")
            main = compiled.start(ar=ar)
            if main is not None:
                ar.run(main, name=script.name)
        except SystemExit as end:
            return _code(end, report)
        except ar.OutputError as error:
            report.error(short_text(TracebackException.from_exception(error)))
            return ExitCode.INCOMPLETE
        except Exception as error:  # noqa: BLE001 - whatever the script raises is reported, and is the exit code
            report.error(short_text(TracebackException.from_exception(error)))
            return ExitCode.FAILED
    return ExitCode.OK


def _code(end: SystemExit, report: Report) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or ExitCode.OK
    report.error(str(end.code))
    return ExitCode.FAILED


@contextmanager
def _as_program(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    """Give the script its arguments, and its folder for imports, as Python does."""
    argv, path = sys.argv, sys.path.copy()
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path


@contextmanager
def _renders_reported(report: Report) -> Iterator[None]:
    """Report each frame of the renders that the script awaits, inside the `with` block."""
    reported: dict[int, int] = {}

    def watch() -> None:
        for activity in activities:
            if activity.kind is not Kind.RENDER or activity.state is State.QUEUED:
                continue
            done = activity.frames_done
            if activity.frames_total and reported.get(activity.number) != done:
                reported[activity.number] = done
                report.event("progress", name=activity.name, done=done, total=activity.frames_total, eta=activity.eta)

    activities.watchers.append(watch)
    try:
        yield
    finally:
        activities.watchers.remove(watch)
