"""Prepares the scene for tiny frames of Cycles."""

from __future__ import annotations

import bpy

scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.resolution_percentage = 100
