"""Blender has no call for the reports of its window manager.

Versions: up to 5.1. 5.2 has `WindowManager.reports`.
Symptom: Python cannot read why a render has failed. A bake that has failed looks like one that has worked.
Blender's source: `ReportList` and `Report` in source/blender/makesdna/DNA_windowmanager_types.h; `BKE_reports_init` in
    source/blender/blenkernel/intern/report.cc.
Tests: tests/headless/quirks/test_wm_layout.py.
Can go: when no Blender before 5.2 is supported.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_short, c_void_p
from dataclasses import dataclass

from .wm_layout import ListBase, find_lists

_LEVELS_AND_FLAG = (1 << 5, 1 << 1, 1 << 1)
"""`printlevel`, `storelevel` and `flag` of the window manager's reports, as `BKE_reports_init` with `RPT_STORE` sets
them. A list with other values is not the list of reports."""

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
"""`eReportType`, by value."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report, as `bpy.types.Report` of 5.2.

    Attributes:
        type: `"ERROR"`, for example.
        message: in Blender's language.
    """

    type: str
    message: str


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
    _fields_ = (("list", ListBase), ("printlevel", c_int), ("storelevel", c_int), ("flag", c_int))


def newest() -> int:
    """Return a mark of the newest report, for `since`; 0: there is none."""
    found = _list()
    return 0 if found is None else found.list.last or 0


def since(mark: int) -> list[Report]:
    """Return the reports after the marked one, the oldest first; none where that report is gone or no list is found.

    A job's thread may append a report meanwhile. Only the main thread removes reports.
    """
    found = _list()
    new: list[Report] = []
    address = 0 if found is None else found.list.last or 0
    while address not in {mark, 0}:  # from the newest backwards: there may be thousands of old ones
        report = _Report.from_address(address)
        new.insert(0, Report(_TYPES.get(report.type, "DEBUG"), report.message.decode(errors="replace")))
        address = report.prev or 0
    return new if address == mark else []


def is_found() -> bool:
    """Return whether the list of reports is found in this Blender."""
    return _list() is not None


def _list() -> _ReportList | None:
    lists = find_lists()
    if lists is None:
        return None
    found = _ReportList.from_address(lists.reports)
    return found if (found.printlevel, found.storelevel, found.flag) == _LEVELS_AND_FLAG else None
