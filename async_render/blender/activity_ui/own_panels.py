"""`draw_activities`: the list of activities in panels of other add-ons."""

from __future__ import annotations

import bpy

from ..handler_lists import add_timer
from . import parts, places
from .activity_list import draw_list


def draw_activities(layout: bpy.types.UILayout) -> None:
    """Draw all scripts and renders as a list, with buttons for the selected one; called in `draw` of a panel.

    The list is the one of the panel *Async Render*, and is drawn again when something has changed. The extension need
    not be installed. Without it the first registered `AsyncOperator`, or the first call of this function, brings the
    list, the status bar's entry, and all messages.

    Args:
        layout: where to draw the list.

    Example:
        >>> class VIEW3D_PT_renders(bpy.types.Panel):
        ...     bl_space_type, bl_region_type, bl_category, bl_label = "VIEW_3D", "UI", "Shots", "Renders"
        ...
        ...     def draw(self, context):
        ...         ar.draw_activities(self.layout)
        >>> bpy.utils.register_class(VIEW3D_PT_renders)
    """
    places.record()
    if parts.are_registered():
        draw_list(layout)
    else:
        add_timer(_begin, 0.0)  # a drawing may not register classes


def _begin() -> None:
    parts.add_user(draw_activities)
    places.tag_redraw()
