"""A script to press Ctrl-C in."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import IO

SCRIPT = Path(__file__).parent / "scripts" / "sleeps_until_ctrl_c.py"
NEVER_AWAITS = SCRIPT.with_name("never_awaits.py")
LIMIT = 30.0


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C when the script runs, and return all that was printed when it has ended."""
    printed = _wait_until_it_runs(process)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=LIMIT)
    return printed + rest


def interrupt_again(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C when the script runs, and then again until it ends; return all that was printed.

    Two presses in the same moment are one signal.
    """
    printed = _wait_until_it_runs(process)
    deadline = monotonic() + LIMIT
    while monotonic() < deadline:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            rest, _ = process.communicate(timeout=0.2)
            return printed + rest
    raise TimeoutError(f"still running after {LIMIT} s; it has printed {printed!r}")


def _wait_until_it_runs(process: subprocess.Popen[str]) -> str:
    output: IO[str] | None = process.stdout
    assert output is not None
    printed = ""
    for line in output:
        printed += line
        if "it runs" in line:
            break
    return printed
