"""Opens a file with a driver in Python, which runs or not.

    blender -b [-y|-Y] --python driven_file.py -- FOLDER {True,False}

The last argument says whether the command line allows it.
"""

from __future__ import annotations

import sys

import bpy

import async_render as ar

folder, allowed = sys.argv[-2:]
file = f"{folder}/driven.blend"
camera = bpy.context.scene.camera
camera.driver_add("location", 0).driver.expression = "__import__('math').pi"
bpy.ops.wm.save_as_mainfile(filepath=file)
allows = allowed == "True"
for use_scripts in (None, not allows, None):
    ar.run(ar.open_file(file, use_scripts=use_scripts))
    runs = bpy.context.scene.camera.matrix_world.translation.x == bpy.context.scene.camera.location.x > 3
    assert runs == (allows if use_scripts is None else use_scripts), use_scripts
