"""A script to press Ctrl-C in."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import IO

SCRIPT = Path(__file__).parent / "scripts" / "sleeps_until_ctrl_c.py"


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C when the script runs, and return all that was printed when it has ended."""
    output: IO[str] | None = process.stdout
    assert output is not None
    printed = ""
    for line in output:
        printed += line
        if "it runs" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    return printed + rest
