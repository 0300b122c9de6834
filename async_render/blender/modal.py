"""The operators that run modally now."""

from __future__ import annotations

from typing import Any

import bpy


def modal_operators(name: str) -> dict[int, Any]:
    """The operators of that name (as `RENDER_OT_render`) that run in all windows, by their addresses."""
    manager: Any = bpy.context.window_manager
    running = (operator for window in manager.windows for operator in window.modal_operators)
    return {operator.as_pointer(): operator for operator in running if operator.bl_idname == name}
