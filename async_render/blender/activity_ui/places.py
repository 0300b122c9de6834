"""The regions that show the list of activities. Each drawing records its region, so that it can be drawn again."""

from __future__ import annotations

from typing import Any

import bpy

Place = tuple[str, str, str]
"""The type of an area, the type of a region in it, and the tab that is open there."""

_places: set[Place] = set()


def record() -> None:
    """Record the region that is drawn now. A list in a pop-up is not drawn again."""
    area, region = bpy.context.area, bpy.context.region
    if area is not None and region is not None:
        _places.add(_place(area, region))


def tag_redraw() -> bool:
    """Let Blender draw all regions that may show the list, and return whether there are any."""
    manager: Any = bpy.context.window_manager
    kinds = {place[:2] for place in _places}  # Blender warns where a region without tabs is asked for its tab
    shows = False
    for window in manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if (area.type, region.type) in kinds and _place(area, region) in _places:
                    region.tag_redraw()
                    shows = True
    return shows


def _place(area: Any, region: Any) -> Place:
    tab = ""
    if area.type == "PROPERTIES":
        tab = area.spaces.active.context
    elif region.type == "UI":
        tab = region.active_panel_category
    return area.type, region.type, tab
