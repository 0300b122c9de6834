"""Renders a frame that takes hours, and says when it is cancelled."""

import os

import bpy

import async_render as ar

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 1_000_000
scene.cycles.use_adaptive_sampling = False
scene.cycles.use_denoising = False
scene.render.threads_mode, scene.render.threads = "FIXED", 1
print("renders in process", os.getpid())
try:
    await ar.render_still(write=False)
finally:
    print("cleaned up")
