"""The end of a worker whose pool is gone, whatever its main thread does.

- The end of the pipe comes to a thread. It stops the render, removes half frames beside the user's pictures, and ends
  the process.
- A call of C may keep Python's lock, and no thread runs. Linux then ends the process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from shutil import rmtree
from typing import Any

from ...output.locked_folders import remove_living

GRACE = 1.0
"""Seconds that a worker without its pool has to stop its render. Cycles needs 0.5 s in the median, where it has a core.
"""

LAST_ALARM = 3
"""Seconds after which Linux ends a worker that has not ended by itself. Whole seconds, as `alarm` takes them."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_the_parent() -> None:
    """Let Linux end this process a second after its parent has died, unless a thread calls `end_soon` before.

    The death of the parent is SIGHUP, and its handler is `alarm` of the C library: it needs no Python. It gets the
    signal's number, 1, as its seconds, and SIGALRM ends a process. SIGKILL at once would leave half frames.
    """
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    libc = _libc()
    libc.signal(signal.SIGHUP, ctypes.cast(libc.alarm, ctypes.c_void_p))
    libc.signal(signal.SIGALRM, ctypes.c_void_p(int(signal.SIG_DFL)))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP, signal.SIGALRM})  # as the parent may have left them
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    if os.getppid() != parent:  # the parent has died in between
        os._exit(1)


def end_soon(code: int, temporary: Path) -> None:
    """End this process in a moment. Its main thread stops the render meanwhile, and may end the process before.

    Args:
        code: the exit code.
        temporary: Blender's temporary folder, which Blender removes only at an end of its own.
    """
    if sys.platform.startswith("linux"):
        # Only now: SIGHUP may have come already, and may still come.
        _libc().signal(signal.SIGHUP, ctypes.c_void_p(int(signal.SIG_IGN)))
        signal.alarm(LAST_ALARM)
    time.sleep(GRACE)
    remove_living()
    rmtree(temporary, ignore_errors=True)
    os._exit(code)


def _libc() -> Any:
    libc = ctypes.CDLL(None)
    libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    return libc
