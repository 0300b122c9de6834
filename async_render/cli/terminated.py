"""SIGTERM ends a command as Ctrl-C does: with its workers, and without half frames."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = ("SIGTERM", "SIGBREAK")
"""The names of the signals by which schedulers, `kill` and systemd end a process. Open Job Description sends the second
one, Ctrl-Break, on Windows.
"""


def _as_ctrl_c(_number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C would do now. `asyncio.run` has a handler of its own there, which cancels its task."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:  # a shell starts what is in the background with SIGINT ignored
        raise KeyboardInterrupt


@contextmanager
def terminated_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, inside the `with` block. A handler that is there already stays.

    Only the main thread can set handlers: on another thread nothing changes.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _as_ctrl_c)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
