"""Saves the start-up file of the window tests: Blender's own, without 3D viewports.

    blender --factory-startup --python startup.py

A 3D viewport takes most of a Blender's start and of each drawing where OpenGL is computed in software: from the start
until 30 turns of the main loop 4 s with one and 1.5 s without. A test that is about the viewport has Blender's own
layout, by the marker `factory_layout`.

An area changes its editor only in the screen that its window shows, and a window changes its screen only in the main
loop: so this needs a window, and fills Mesa's cache of shaders by the way.
"""

import sys
from typing import Any

import bpy

context: Any = bpy.context

WORKSPACES = ("Rendering", "Scripting", "Layout")
"""Those that tests go to. The last one is there at the start."""

shown: list[str] = []


def replace_viewports() -> float | None:
    """Called by Blender in each turn of its main loop until all workspaces are done."""
    window = context.window_manager.windows[0]
    if shown and window.workspace.name != shown[-1]:
        return 0.0
    for area in window.screen.areas if shown else ():
        if area.type == "VIEW_3D":
            area.type = "NLA_EDITOR"  # empty, quickly drawn, and used by no test
    if len(shown) < len(WORKSPACES):
        shown.append(WORKSPACES[len(shown)])
        window.workspace = bpy.data.workspaces[shown[-1]]
        return 0.0
    bpy.ops.wm.save_homefile()
    sys.stdout.flush()
    bpy.ops.wm.quit_blender()
    return None


context.preferences.view.show_splash = False
bpy.app.timers.register(replace_viewports)
