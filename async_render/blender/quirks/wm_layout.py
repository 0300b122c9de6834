"""Blender has no call for the reports of its window manager before 5.2, and none for its jobs.

Versions: 4.2 to 5.2.
Symptom: Python cannot read how much of a frame is rendered, and up to 5.1 not why a render or bake has failed.
Blender's source: `WindowManagerRuntime` in source/blender/blenkernel/BKE_wm_runtime.hh; `wmWindowManager` in
    source/blender/makesdna/DNA_windowmanager_types.h.
Tests: tests/headless/quirks/test_wm_layout.py.
Can go: when `wm_reports` and `wm_jobs` have gone.

Both files read Blender's memory, on the main thread. This file knows where the two lists are in each Blender that is
named here; a release does not move them any more. A list is believed only where its neighbours in memory are right. In
a Blender that is not named, or not released, or that is different at this offset, no list is found.
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
    """Offsets in bytes, of members of `wmWindowManager` and of its `WindowManagerRuntime`.

    The DNA of every saved file has the offsets in `wmWindowManager`, which are the same on all 64-bit machines. The
    offsets in the runtime were found on Linux; another compiler may place its C++ members differently.
    """

    windows: int
    runtime: int
    reports: int
    """In the runtime."""
    keyconfigs: int
    jobs: int
    has_jobs_in_runtime: bool
    """Whether `jobs` and `keyconfigs` are members of the runtime, as in 5.0 and later."""


_LAYOUTS = {
    (4, 2): _Layout(224, 1448, 8, 352, 304, False),
    (4, 3): _Layout(224, 1448, 8, 352, 304, False),
    (4, 5): _Layout(240, 1432, 8, 336, 288, False),
    (5, 0): _Layout(408, 1472, 24, 136, 168, True),
    (5, 1): _Layout(408, 1472, 24, 240, 272, True),
    (5, 2): _Layout(408, 1488, 24, 240, 272, True),
}

VERSIONS = frozenset(_LAYOUTS)
"""The versions on which its tests run."""


class ListBase(ctypes.Structure):
    """Blender's list: the addresses of its first and last item; None: the list is empty."""

    _fields_ = (("first", c_void_p), ("last", c_void_p))


@dataclass(frozen=True, slots=True)
class Lists:
    """The addresses of two `ListBase`."""

    reports: int
    jobs: int


def find_lists() -> Lists | None:
    """Return the addresses of both lists; None: they are not where they are expected."""
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
    """Return whether the list at the address has the items that Python knows."""
    found = ListBase.from_address(address)
    return bool(items) and (found.first, found.last) == (items[0].as_pointer(), items[-1].as_pointer())
