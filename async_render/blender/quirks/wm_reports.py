"""The reports of Blender before 5.2, which has no call for them. Also why a bake has failed stands only there."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_short, c_void_p
from dataclasses import dataclass

from .wm_layout import ListBase, find_lists

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
    """A mark of the report that came last, for `since`; 0 where there is none."""
    found = _list()
    return 0 if found is None else found.list.last or 0


def since(mark: int) -> list[Report]:
    """What came after that report, the oldest first. Nothing where that is gone, or no reports are found.

    A job's thread may add one meanwhile, when it is complete; only the main thread takes any away.
    """
    found = _list()
    new: list[Report] = []
    address = 0 if found is None else found.list.last or 0
    while address not in {mark, 0}:  # back from the newest one: a user may have gathered thousands
        report = _Report.from_address(address)
        new.insert(0, Report(_TYPES.get(report.type, "DEBUG"), report.message.decode(errors="replace")))
        address = report.prev or 0
    return new if address == mark else []


def is_found() -> bool:
    """Whether this Blender keeps its reports where they are looked for."""
    return _list() is not None


def _list() -> _ReportList | None:
    lists = find_lists()
    if lists is None:
        return None
    found = _ReportList.from_address(lists.reports)
    return found if (found.printlevel, found.storelevel, found.flag) == _LEVELS_AND_FLAG else None
