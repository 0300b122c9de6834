"""Where Blender's window manager keeps what it has no call for: its reports, up to 5.1, and its jobs.

They are read in Blender's memory, on the main thread. Otherwise nobody could know why a render failed and that a bake
failed at all (`reports_in_memory`), nor how far a frame is (`job_progress`).

Where they are is known for each Blender that is listed here, and a release does not move them any more. A list is
believed only where its neighbours are right. In a Blender that is not listed or not released, or that looks different
there, nothing is told.
"""

from __future__ import annotations

import ctypes
from ctypes import c_void_p
from dataclasses import dataclass
from typing import Any

import bpy

from .versions import THIS, is_tested


@dataclass(frozen=True, slots=True)
class _Layout:
    """Bytes from the beginning of `wmWindowManager` to its members, and from that of its `WindowManagerRuntime`.

    The former stand in the DNA of every file that is saved, and are the same on all 64-bit machines. The latter are in
    source/blender/blenkernel/BKE_wm_runtime.hh; looked at on Linux: a compiler may do otherwise with its C++ members.
    """

    windows: int
    runtime: int
    reports: int
    """In the runtime."""
    keyconfigs: int
    jobs: int
    has_jobs_in_runtime: bool
    """Whether `jobs` and `keyconfigs` are members of the runtime, as from 5.0 on."""


_LAYOUTS = {
    (4, 2): _Layout(224, 1448, 8, 352, 304, False),
    (4, 3): _Layout(224, 1448, 8, 352, 304, False),
    (4, 5): _Layout(240, 1432, 8, 336, 288, False),
    (5, 0): _Layout(408, 1472, 24, 136, 168, True),
    (5, 1): _Layout(408, 1472, 24, 240, 272, True),
    (5, 2): _Layout(408, 1488, 24, 240, 272, True),
}

VERSIONS = frozenset(_LAYOUTS)


class ListBase(ctypes.Structure):
    """Blender's list: the addresses of its ends, None where it is empty."""

    _fields_ = (("first", c_void_p), ("last", c_void_p))


@dataclass(frozen=True, slots=True)
class Lists:
    """The addresses of two `ListBase`."""

    reports: int
    jobs: int


def find_lists() -> Lists | None:
    """Where they are now; None: not where they are looked for."""
    if not is_tested(VERSIONS) or ctypes.sizeof(c_void_p) != 8:
        return None
    layout = _LAYOUTS[THIS]
    manager: Any = bpy.context.window_manager
    begin = manager.as_pointer()
    runtime = c_void_p.from_address(begin + layout.runtime).value
    if not _is_list(begin + layout.windows, manager.windows) or not runtime or runtime % 8:
        return None
    of_jobs = runtime if layout.has_jobs_in_runtime else begin
    if not _is_list(of_jobs + layout.keyconfigs, manager.keyconfigs):
        return None
    return Lists(runtime + layout.reports, of_jobs + layout.jobs)


def _is_list(address: int, items: Any) -> bool:
    """Whether the list there is the one that Python knows."""
    found = ListBase.from_address(address)
    return bool(items) and (found.first, found.last) == (items[0].as_pointer(), items[-1].as_pointer())
