"""Small disks of their own, to be full or read-only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MS_RDONLY = 1
LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def mounted(folder: Path, flags: int = 0, options: bytes = b"") -> Iterator[Path]:
    """A disk in memory on the folder, which is made, until the `with` block is left.

    Args:
        folder: where.
        flags: of `mount(2)`.
        options: of tmpfs, as `b"size=64k"`.
    """
    if os.geteuid():
        pytest.skip("full disks are mounted by root: run the tests as root")
    folder.mkdir()
    if LIBC.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options):
        pytest.skip(f"no disk can be mounted ({os.strerror(ctypes.get_errno())}): run the tests outside of a container")
    try:
        yield folder
    finally:
        LIBC.umount2(os.fsencode(folder), 0)
