"""Counts turns of Blender's main loop."""

from __future__ import annotations

import bpy

turns = 0


def count() -> float:
    global turns
    turns += 1
    return 0.05


bpy.app.timers.register(count)
