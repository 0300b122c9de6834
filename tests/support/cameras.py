"""Cameras for the scenes of the tests."""

from __future__ import annotations

import bpy


def add_camera(scene: bpy.types.Scene, name: str) -> bpy.types.Object:
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    scene.collection.objects.link(camera)
    return camera
