"""What operators and jobs report to Blender's user, as the Info editor shows it."""

from __future__ import annotations

from typing import Any

import bpy

from . import reports_in_memory


def count_reports() -> int:
    """How many reports there are now."""
    return len(_reports())


def new_errors(before: int) -> list[str]:
    """The errors that were reported since there were so many reports.

    An operator that runs modally hands its reports over when it ends, and a job when it is gone.
    """
    return [report.message for report in list(_reports())[before:] if report.type.startswith("ERROR")]


def message_of(error: Exception) -> str:
    """What an operator reported before it returned, which Python gets as an exception."""
    return str(error).removeprefix("Error: ").strip()


def _reports() -> Any:
    """`WindowManager.reports` is there from 5.2 on."""
    manager: Any = bpy.context.window_manager
    return manager.reports if hasattr(manager, "reports") else reports_in_memory.reports()
