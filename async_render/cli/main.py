"""The command `async-render`: `run` a script, `render` a file, `export` a job, `check` a folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import nullcontext

from .arguments import parse
from .check import check
from .exit_codes import ExitCode
from .export import export
from .openjd_report import OpenJDReport
from .printed import private_output
from .render import render
from .reports import Report, report_for
from .run_script import run_script
from .terminated import terminated_as_by_ctrl_c

COMMANDS: dict[str, Callable[[Namespace, Report], int]] = {
    "run": run_script,
    "render": render,
    "export": export,
    "check": lambda arguments, report: check(arguments.folder, arguments.frames, report),
}


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments say.

    Args:
        arguments: the arguments without the program's name; None: those of this process.

    Returns:
        The exit code: one of `ExitCode`, or the one of the script.
    """
    parsed = parse(arguments)
    out = private_output() if parsed.command == "run" else None
    is_openjd = parsed.command == "render" and parsed.openjd
    made = OpenJDReport() if is_openjd else report_for(as_json=parsed.json, out=out)
    with made as report, out or nullcontext(), terminated_as_by_ctrl_c():
        try:
            return int(COMMANDS[parsed.command](parsed, report))
        except KeyboardInterrupt:
            report.error("cancelled by Ctrl-C, or by a signal to end")
            return ExitCode.CANCELLED


if __name__ == "__main__":
    sys.exit(main())
