"""Loads Blender's start-up file in a timer."""

from __future__ import annotations

import bpy

loaded: list[bool] = []


def load() -> None:
    bpy.ops.wm.read_homefile()
    loaded.append(True)


bpy.app.timers.register(load, first_interval=0.1)
