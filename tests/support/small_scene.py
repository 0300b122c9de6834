"""A scene of two small frames, for scripts that run in a process of their own.

Attributes:
    folder: the script's argument, where the pictures come.
"""

from __future__ import annotations

import sys

import bpy

folder = sys.argv[1]
scene = bpy.context.scene
assert scene is not None
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.filepath, scene.frame_end = f"{folder}/a_", 2
