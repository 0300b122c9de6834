"""Render frame 2 of a .blend file into a picture. A child process runs it: FILE PICTURE."""

from __future__ import annotations

import sys

import bpy

bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
bpy.context.scene.frame_set(2)
bpy.context.scene.render.filepath = sys.argv[2]
bpy.context.scene.render.image_settings.file_format = "PNG"
bpy.ops.render.render(write_still=True)
