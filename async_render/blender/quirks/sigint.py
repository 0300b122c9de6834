"""What `blender -b` does at Ctrl-C: it breaks off the render, by a handler in C that Python does not know."""

from __future__ import annotations

import ctypes
import os
import signal

import bpy

from .versions import WINDOWS, is_tested

VERSIONS = WINDOWS
"""Only the program has that handler: tests/window/test_background.py."""

_C_RUNTIME = "ucrtbase" if os.name == "nt" else None
"""The library whose `signal` Blender and Python call. On Windows each C runtime has handlers of its own, and both are
built with the universal one since Visual Studio 2015; `msvcrt` is an older one, which the system's own programs use."""


def is_in_force() -> bool:
    """Whether Ctrl-C calls Blender's handler now."""
    return _ADDRESS != 0 and _set_handler(int(signal.SIG_IGN), for_a_moment=True) == _ADDRESS


def give_back() -> None:
    """Let Ctrl-C call Blender's handler again. Python's `signal.signal` cannot, it does not know it."""
    _set_handler(_ADDRESS)


def _set_handler(address: int, for_a_moment: bool = False) -> int:
    """Set the C handler of Ctrl-C; the address of the one before, which stays if this is only for a moment."""
    libc = ctypes.CDLL(_C_RUNTIME)
    libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    before = libc.signal(signal.SIGINT, address) or 0
    if for_a_moment:
        libc.signal(signal.SIGINT, before)
    return before


def _find_handler() -> int:
    """The address of `sig_handle_blender_esc` in source/creator/creator_signals.cc (4.2 to 5.2); 0: it is not there.

    It sets the flag that every engine looks at, and ends the process the second time. It has to be found before
    Python's `signal.signal` replaces it. Python knows nothing of it: `getsignal` answers None.
    """
    if not is_tested(VERSIONS) or not bpy.app.background or signal.getsignal(signal.SIGINT) is not None:
        return 0
    return _set_handler(int(signal.SIG_IGN), for_a_moment=True)


_ADDRESS = _find_handler()
"""Found when this module is imported: `host` does, before anything else of ours runs."""
