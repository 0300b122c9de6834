"""The command `async-render`: `run` a script, `render` a file by several Blenders, `check` a folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

from .arguments import parse
from .check import check
from .exit_codes import ExitCode
from .reports import Report, report_for

COMMANDS: dict[str, Callable[[Namespace, Report], int]] = {
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
    with report_for(as_json=parsed.json) as report:
        try:
            return int(COMMANDS[parsed.command](parsed, report))
        except KeyboardInterrupt:
            report.error("cancelled by Ctrl-C")
            return ExitCode.CANCELLED


if __name__ == "__main__":
    sys.exit(main())
