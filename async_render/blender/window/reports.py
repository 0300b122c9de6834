"""Blender's reports: what operators and jobs say to the user, as the Info editor shows it."""

from __future__ import annotations

from typing import Any

import bpy

from ..quirks import wm_reports


def newest_report() -> int:
    """Return a mark of the newest report, for `new_errors`."""
    reports = _reports()
    return wm_reports.newest() if reports is None else len(reports)


def new_errors(mark: int) -> list[str]:
    """Return the messages of the errors that were reported after the mark was made.

    The errors of a modal operator come when the operator ends.
    """
    reports = _reports()
    new = wm_reports.since(mark) if reports is None else reports[mark:]
    return [report.message for report in new if report.type.startswith("ERROR")]


def message_of(error: Exception) -> str:
    """Return the message of an error that an operator reported, and Python raised as an exception."""
    return str(error).removeprefix("Error: ").strip()


def _reports() -> Any:
    """Return `WindowManager.reports`; None: this Blender is older than 5.2 and has no such list."""
    return getattr(bpy.context.window_manager, "reports", None)
