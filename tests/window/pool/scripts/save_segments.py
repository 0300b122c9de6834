"""Save a file of two segments, three frames each, under the path that is given."""

from __future__ import annotations

import sys
from typing import Any

import bpy

scene: Any = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.frame_start, scene.frame_end = 1, 6
scene.timeline_markers.new("Intro", frame=1)
scene.timeline_markers.new("Chase", frame=4)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
