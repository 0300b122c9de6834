"""The command `async-render` in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from .checkout import ROOT

LIMIT = 60
"""Seconds that a command may take."""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the command. Ctrl-C reaches it, although a shell may have started these tests with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "async_render", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command to its end, and return its exit code, what it printed, and its errors."""
    with start(*arguments) as process:
        out, errors = process.communicate(timeout=LIMIT)
    return process.returncode, out, errors
