"""Python does not know the Ctrl-C handler of `blender -b`, and cannot restore it.

Versions: 4.2 to 5.2, the program without a window. The wheel `bpy` has no such handler.
Symptom: after Python's `signal.signal` Ctrl-C does not stop a render any more. `signal.getsignal` answers None.
Blender's source: `sig_handle_blender_esc` in source/creator/creator_signals.cc. The handler sets the flag that all
    engines ask; the second Ctrl-C ends the process.
Tests: tests/window/host/test_background.py, tests/headless/host/test_interrupt.py.
Can go: when Blender sets its handler by Python, so that `signal.getsignal` answers it.
"""

from __future__ import annotations

import ctypes
import os
import signal

import bpy

from .versions import WINDOWS, is_tested

VERSIONS = WINDOWS
"""The versions on which its tests run."""

_C_RUNTIME = "ucrtbase" if os.name == "nt" else None
"""The library whose `signal` Blender and Python call. On Windows each C runtime has handlers of its own. Blender and
Python are both built with the universal runtime, since Visual Studio 2015. The system's own programs use an older one,
`msvcrt`."""


def is_in_force() -> bool:
    """Return whether Ctrl-C calls Blender's handler now."""
    return _ADDRESS != 0 and _set_handler(int(signal.SIG_IGN), only_look=True) == _ADDRESS


def restore() -> None:
    """Let Ctrl-C call Blender's handler again."""
    _set_handler(_ADDRESS)


def _set_handler(address: int, only_look: bool = False) -> int:
    """Set the C handler of Ctrl-C, and return the address of the handler before, or only look at that handler."""
    libc = ctypes.CDLL(_C_RUNTIME)
    libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    before = libc.signal(signal.SIGINT, address) or 0
    if only_look:
        libc.signal(signal.SIGINT, before)
    return before


def _find_handler() -> int:
    """Return the address of Blender's handler; 0: there is none.

    The handler must be found before Python's `signal.signal` replaces it.
    """
    if not is_tested(VERSIONS) or not bpy.app.background or signal.getsignal(signal.SIGINT) is not None:
        return 0
    return _set_handler(int(signal.SIG_IGN), only_look=True)


_ADDRESS = _find_handler()
"""Found when this module is imported. `host` imports it, before anything else of this package runs."""
