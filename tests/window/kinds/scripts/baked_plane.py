"""A plane that Cycles can bake, into the image of its material."""

from __future__ import annotations

import bpy

bpy.ops.mesh.primitive_plane_add()
plane = bpy.context.object
material = bpy.data.materials.new("Baked")
plane.data.materials.append(material)
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = bpy.data.images.new("Baked", 32, 32)
material.node_tree.nodes.active = node
bpy.context.scene.render.engine = "CYCLES"
bpy.context.scene.cycles.samples = 4
bpy.context.scene.cycles.device = "CPU"
