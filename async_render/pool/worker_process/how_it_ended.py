"""The end of a process in words."""

from __future__ import annotations

import signal
import sys

_WINDOWS_CODES = {
    0xC0000005: "access violation",
    0xC00000FD: "stack overflow",
    0xC0000017: "no memory",
    0xC0000409: "stack buffer overrun",
}
"""Exit codes by which Windows says that a program has crashed; ntstatus.h."""


def how_it_ended(code: int | None) -> str:
    """Return how a process ended, from its exit code as `subprocess` has it; None: other code has read the exit code.

    Example:
        >>> how_it_ended(-9)
        'signal SIGKILL'
    """
    if code is None:
        return "exit code not known"
    if code < 0:
        return f"signal {_signal_name(-code)}"
    if sys.platform == "win32" or code > 255:
        crash = _WINDOWS_CODES.get(code & 0xFFFFFFFF)
        return f"exit code {code & 0xFFFFFFFF:#x}, {crash}" if crash else f"exit code {code}"
    if 128 < code < 128 + signal.NSIG:  # as a shell says it, and some of Blender's own crashes
        return f"exit code {code}, as of {_signal_name(code - 128)}"
    return f"exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)
