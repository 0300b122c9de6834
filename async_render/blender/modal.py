"""The operators that run modally now, and what operators report to Blender's user."""

from __future__ import annotations

from typing import Any

import bpy


def modal_operators(name: str) -> dict[int, Any]:
    """The operators of that name (as `RENDER_OT_render`) that run in all windows, by their addresses."""
    manager: Any = bpy.context.window_manager
    running = (operator for window in manager.windows for operator in window.modal_operators)
    return {operator.as_pointer(): operator for operator in running if operator.bl_idname == name}


def count_reports() -> int:
    """How many reports there are now."""
    return len(_reports())


def new_errors(before: int) -> list[str]:
    """The errors that were reported since there were so many reports; up to 4.x none can be read.

    An operator that runs modally hands its reports over when it ends.
    """
    return [report.message for report in _reports()[before:] if report.type == "ERROR"]


def message_of(error: Exception) -> str:
    """What an operator reported before it returned, which Python gets as an exception."""
    return str(error).removeprefix("Error: ").strip()


def _reports() -> list[bpy.types.Report]:
    """`WindowManager.reports` is there from 5.x on."""
    return list(getattr(bpy.context.window_manager, "reports", ()))
