"""What operators and jobs report to Blender's user, as the Info editor shows it."""

from __future__ import annotations

from typing import Any

import bpy

from ..quirks import wm_reports


def newest_report() -> int:
    """A mark of the report that came last, for `new_errors`."""
    reports = _reports()
    return wm_reports.newest() if reports is None else len(reports)


def new_errors(mark: int) -> list[str]:
    """The errors that were reported since.

    An operator that runs modally hands its reports over when it ends.
    """
    reports = _reports()
    new = wm_reports.since(mark) if reports is None else reports[mark:]
    return [report.message for report in new if report.type.startswith("ERROR")]


def message_of(error: Exception) -> str:
    """What an operator reported before it returned, which Python gets as an exception."""
    return str(error).removeprefix("Error: ").strip()


def _reports() -> Any:
    """`WindowManager.reports`, which is there from 5.2 on; else None."""
    return getattr(bpy.context.window_manager, "reports", None)
