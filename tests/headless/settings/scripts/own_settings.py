"""Opens files as the add-on would, and prints their own width, output path and last frame.

python own_settings.py FILE …
"""

from __future__ import annotations

import json
import sys

import bpy

from async_render.blender.settings import recovery

recovery.register()
found = []
for file in sys.argv[1:]:
    bpy.ops.wm.open_mainfile(filepath=file)
    render = bpy.context.scene.render
    found.append([render.resolution_x, render.filepath, bpy.context.scene.frame_end])
print("found", json.dumps(found))
