"""The memory of this machine and of its processes, where the system tells: Linux does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NEEDED = 150 << 20
"""Bytes that a worker needs at least. Blender 5.2 with an empty file has 190 MB without its add-ons, of which some are
shared by all workers."""


def free_memory() -> int | None:
    """Return the bytes that new processes may take without swapping; None: not known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None)


def memory_of(pid: int) -> int | None:
    """Return the bytes of memory that a process has; None: not known, or there is no such process."""
    if sys.platform == "win32":
        return None
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
