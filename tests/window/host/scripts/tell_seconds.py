"""Tells how long Blender takes until Python ends."""

from __future__ import annotations

import atexit
import time
from pathlib import Path


def without_others() -> float:
    """Seconds, without those in which others had the core that this thread was ready for."""
    waited = Path("/proc/thread-self/schedstat").read_text().split()[1]  # nanoseconds
    return time.monotonic() - int(waited) / 1e9


begin = without_others()
atexit.register(lambda: print(f"quit in {without_others() - begin:.2f} s", flush=True))
