"""Prints whether C's handler of Ctrl-C is Blender's own again after a script."""

from __future__ import annotations

import asyncio
import ctypes
import signal

libc = ctypes.CDLL(None)
libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p


def handler() -> int | None:
    address: int | None = libc.signal(signal.SIGINT, 1)
    libc.signal(signal.SIGINT, address)
    return address


before = handler()

import async_render as ar  # noqa: E402 - it may change the handler
from async_render.blender.quirks import versions  # noqa: E402

for _ in range(2):
    ar.run(asyncio.sleep(0))
    print("handler", before != 0, handler() == before)
print("tested", versions.is_tested(versions.WINDOWS))
