"""The two cameras that README's operator renders, where the scene's own one is."""

from __future__ import annotations

import bpy

for name, lens in (("Camera.Wide", 20), ("Camera.Close", 80)):
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    bpy.context.scene.collection.objects.link(camera)
    camera.matrix_world = bpy.context.scene.camera.matrix_world
    camera.data.lens = lens
