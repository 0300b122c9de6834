"""Awaits at its top: renders three frames into the folder that its argument names, and prints what it has."""

import sys

import bpy

import async_render as ar

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 1
scene.cycles.use_denoising = False
scene.render.resolution_percentage = 2
print("file", bpy.data.filepath)
result = await ar.render_animation(frames="1-3", filepath=f"{sys.argv[1]}/####")
print("rendered", result.frames)
