"""A second plane to bake, which lacks an UV layer of the first; each takes its time."""

from __future__ import annotations

import bpy

plane = bpy.data.objects["Plane"]
bpy.ops.mesh.primitive_plane_add()
bpy.context.object.data.materials.append(bpy.data.materials["Baked"])
plane.select_set(True)
plane.data.uv_layers.new(name="First")
bpy.context.scene.cycles.samples = 2000
bpy.context.scene.cycles.use_denoising = False
