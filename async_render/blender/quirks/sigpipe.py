"""A write to a connection that the other side has closed ends Blender.

Versions: seen in 4.3; 5.2 ignores the signal itself; Windows does not know it.
Symptom: SIGPIPE ends the process without a word. Everywhere else in Python such a write raises `BrokenPipeError`.
Blender's source: `BPY_python_start` in source/blender/python/intern/bpy_interface.cc, which starts Python. Measured:
    `signal.getsignal(signal.SIGPIPE)` is `SIG_DFL` in 4.3 and `SIG_IGN` in 5.2.
Tests: tests/window/host/test_background.py.
Can go: when no Blender before 5.2 is supported.
"""

from __future__ import annotations

import signal
import sys

_is_ours = False


def ignore() -> None:
    """Let such a write raise an error, as everywhere in Python, until `restore`."""
    global _is_ours
    if sys.platform != "win32" and signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _is_ours = True


def restore() -> None:
    """Let Blender handle the signal as before, where `ignore` has changed that."""
    global _is_ours
    if sys.platform != "win32" and _is_ours:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _is_ours = False
