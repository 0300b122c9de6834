"""Saves two small files.

blender -b --python save_two_files.py -- FOLDER
"""

from __future__ import annotations

import sys

import bpy

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising = 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.frame_end = 2
for name in ("a", "b"):
    bpy.ops.wm.save_as_mainfile(filepath=f"{sys.argv[-1]}/{name}.blend", copy=True)
