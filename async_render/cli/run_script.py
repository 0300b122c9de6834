"""`async-render run`: a script, in this Python's module `bpy` or in a Blender without a window."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from .exit_codes import ExitCode
from .programs import blender_for
from .reports import TEXTS, Report

LINE_LIMIT = 1 << 20
"""Bytes of a line that Blender reports, at most: longer ones are cut."""

PATIENCE = 30.0
"""Seconds that Blender has to end after Ctrl-C. The script cleans up meanwhile."""

QUOTED = 2000
"""Bytes of Blender's own last lines that the error shows when Blender has crashed."""


def run_script(arguments: Namespace, report: Report) -> int:
    """Run the script, and return its exit code."""
    try:
        blender = blender_for(arguments.blender)
    except LookupError as error:
        report.error(str(error))
        return ExitCode.USAGE
    for path in filter(None, [arguments.script, arguments.file]):
        if not path.is_file():
            report.error(f"there is no file {path}; name one that exists")
            return ExitCode.USAGE
    if blender is None:  # the import needs bpy
        return int(
            import_module(".script_here", __package__).run_here(
                arguments.script, arguments.rest, arguments.file, report
            )
        )
    return _run_in(blender, arguments, report)


def _run_in(blender: str, arguments: Namespace, report: Report) -> int:
    """Run the script in a Blender of its own, and pass on its report."""
    what = {
        "script": str(arguments.script.absolute()),
        "arguments": arguments.rest,
        "file": None if arguments.file is None else str(arguments.file.absolute()),
    }
    if os.name != "posix":
        report.error("Blender can be started on Linux and macOS only; on Windows: pip install 'async-render[bpy]'")
        return ExitCode.USAGE
    with tempfile.TemporaryFile() as log:
        with _started(blender, what, log) as (process, events):
            code = _pass_on(process, events, report)
        if code is None:
            _explain(process.returncode, log, report)
            return ExitCode.FAILED
    return code


@contextmanager
def _started(blender: str, what: dict[str, Any], log: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Start Blender inside the `with` block. At the end of the block, whatever ends it, Blender ends.

    Blender gets no Ctrl-C of the terminal: a second one would end it before the script has cleaned up. Its standard
    input is a pipe that nobody writes to: when this process is gone, Blender reads its end, and ends itself.
    """
    reading, writing = os.pipe()
    program = Path(__file__).with_name("in_blender.py")
    asked = json.dumps({**what, "report": writing})
    try:
        process = subprocess.Popen(  # noqa: S603 - the Blender that the user has named
            [blender, "-b", "--python-exit-code", "1", "--python", str(program), "--", asked],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            start_new_session=True,
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        with os.fdopen(reading, "rb") as events:
            yield process, events
    finally:
        assert process.stdin is not None
        process.stdin.close()
        if process.poll() is None:
            process.kill()
        process.wait()


def _pass_on(process: subprocess.Popen[bytes], events: IO[bytes], report: Report) -> int | None:
    """Pass on the reports of Blender until its end. Return the script's exit code; None: Blender did not get so far.

    At Ctrl-C the script is cancelled, and cleans up; at a second one Blender ends at once.
    """
    try:
        code = _reported(events, report)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        limit = threading.Timer(PATIENCE, process.kill)
        limit.start()
        try:
            _reported(events, report)
            process.wait(PATIENCE)
        finally:
            limit.cancel()
        raise
    return code


def _reported(events: IO[bytes], report: Report) -> int | None:
    code = None
    while line := events.readline(LINE_LIMIT):
        try:
            event: dict[str, Any] = json.loads(line)
            kind = event.pop("event")
            if kind == "ended":
                code = int(event["code"])
            elif kind == "error":
                report.error(str(event["message"]))
            elif kind in TEXTS:
                report.event(kind, **event)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            report.error(f"Blender has reported a line that is none of its own ({error}): {line[:200]!r}")
    return code


def _explain(code: int, log: IO[bytes], report: Report) -> None:
    """Report that Blender has ended before the script, with its last lines."""
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    log.seek(max(log.seek(0, os.SEEK_END) - QUOTED, 0))
    lines = log.read().decode("utf-8", "replace").strip()
    report.error(f"Blender has ended before the script, with {how}; its last lines:\n{lines}")
