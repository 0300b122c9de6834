"""Messages to Blender's user: a line in the Info editor, or a pop-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import bpy

from ...render.errors import printable
from .windows import in_a_window, some_window

Severity = Literal["INFO", "WARNING", "ERROR"]

ICONS: Mapping[Severity, str] = {"INFO": "INFO", "WARNING": "ERROR", "ERROR": "CANCEL"}
"""The icons of pop-ups. Blender calls its warning sign ERROR, and has no icon WARNING (4.2 to 5.2)."""

report_operator: Callable[..., object] | None = None
"""The operator that reports a message when an event comes; the add-on sets it. Blender prints each report, too."""


def report(severity: Severity, message: str) -> bool:
    """Add a line to the Info editor; an error also opens Blender's pop-up. Without the add-on, open a pop-up only.

    Returns:
        Whether Blender will print the message on the terminal.
    """
    if bpy.app.background:
        return False
    message = printable(message)
    if report_operator is None or some_window() is None:
        pop_up(message, severity)
        return False
    with in_a_window():
        report_operator("INVOKE_DEFAULT", severity=severity, message=message)
    return True


def pop_up(message: str, severity: Severity) -> None:
    """Open a pop-up with some lines under the mouse. Do nothing without a window: Blender would crash."""
    message = printable(message)

    def draw(menu: Any, _context: bpy.types.Context) -> None:
        for line in message.splitlines():
            menu.layout.label(text=line, translate=False)

    manager: Any = bpy.context.window_manager
    if not bpy.app.background and some_window() is not None:
        with in_a_window():
            manager.popup_menu(draw, title="Async Render", icon=ICONS[severity])
