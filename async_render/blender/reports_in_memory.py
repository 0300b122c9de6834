"""The reports of Blender before 5.2, which has no call for them, read where Blender keeps them.

Otherwise nobody could know why a render failed, and that a bake has failed at all: what has no pixels to bake to, or no
UV map, ends like one that worked.

`WindowManagerRuntime.reports` is read (source/blender/blenkernel/BKE_wm_runtime.hh) on the main thread, which alone
takes reports away; a job's thread may add one, when it is complete. Where the list is found is known for each Blender
up to 5.1: the development of all of them has ended. And it is believed only where what stands beside it is right: in a
Blender that somebody has changed there are no reports.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import c_char_p, c_int, c_short, c_void_p
from dataclasses import dataclass
from typing import Any

import bpy

_PLACES = {
    (4, 2): (224, 1448, 8),
    (4, 3): (224, 1448, 8),
    (4, 4): (224, 1448, 8),
    (4, 5): (240, 1432, 8),
    (5, 0): (408, 1472, 24),
    (5, 1): (408, 1472, 24),
}
"""Bytes from the beginning of `wmWindowManager` to `windows` and `runtime`, and from that of `WindowManagerRuntime` to
`reports`. The first two stand in the DNA of every file that is saved (looked at in files of the first and the last
release of the long-term ones), on all 64-bit machines alike."""

_LEVELS_AND_FLAG = (1 << 5, 1 << 1, 1 << 1)
"""`printlevel`, `storelevel` and `flag` of the window manager's reports: `BKE_reports_init` with `RPT_STORE`, in
source/blender/blenkernel/intern/report.cc."""

_TYPES = {
    1 << 1: "INFO",
    1 << 2: "OPERATOR",
    1 << 3: "PROPERTY",
    1 << 4: "WARNING",
    1 << 5: "ERROR",
    1 << 6: "ERROR_INVALID_INPUT",
    1 << 7: "ERROR_INVALID_CONTEXT",
    1 << 8: "ERROR_OUT_OF_MEMORY",
}
"""`eReportType` in source/blender/makesdna/DNA_windowmanager_types.h, where the structures are, too."""


@dataclass(frozen=True, slots=True)
class Report:
    """As `bpy.types.Report` of 5.2.

    Attributes:
        type: as `"ERROR"`.
        message: in Blender's language.
    """

    type: str
    message: str


class _ListBase(ctypes.Structure):
    _fields_ = (("first", c_void_p), ("last", c_void_p))


class _Report(ctypes.Structure):
    _fields_ = (
        ("next", c_void_p),
        ("prev", c_void_p),
        ("type", c_short),
        ("flag", c_short),
        ("len", c_int),
        ("typestr", c_char_p),
        ("message", c_char_p),
    )


class _ReportList(ctypes.Structure):
    _fields_ = (("list", _ListBase), ("printlevel", c_int), ("storelevel", c_int), ("flag", c_int))


def newest() -> int:
    """A mark of the report that came last, for `since`; 0 where there is none."""
    found = _list()
    return 0 if found is None else found.list.last or 0


def since(mark: int) -> list[Report]:
    """What came after that report, the oldest first; all where it is gone. Nothing where no reports are found."""
    found = _list()
    return [] if found is None else list(_back_to(mark, found.list.last))[::-1]


def is_found() -> bool:
    """Whether this Blender keeps its reports where they are looked for."""
    return _list() is not None


def _list() -> _ReportList | None:
    place = _PLACES.get(bpy.app.version[:2])
    if place is None or ctypes.sizeof(c_void_p) != 8:
        return None
    manager: Any = bpy.context.window_manager
    begin = manager.as_pointer()
    windows_at, runtime_at, reports_at = place
    windows = _ListBase.from_address(begin + windows_at)
    addresses = [window.as_pointer() for window in manager.windows] or [None]
    runtime = c_void_p.from_address(begin + runtime_at).value
    if runtime is None or (windows.first, windows.last) != (addresses[0], addresses[-1]):
        return None
    found = _ReportList.from_address(runtime + reports_at)
    return found if (found.printlevel, found.storelevel, found.flag) == _LEVELS_AND_FLAG else None


def _back_to(mark: int, address: int | None) -> Iterator[Report]:
    """From the newest one on: a user may have gathered thousands. That with the mark may be gone, and is not read."""
    while address and address != mark:
        report = _Report.from_address(address)
        yield Report(_TYPES.get(report.type, "DEBUG"), report.message.decode(errors="replace"))
        address = report.prev
