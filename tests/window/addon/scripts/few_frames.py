"""Prepares the scene for three small frames."""

from __future__ import annotations

import bpy


def prepare_frames(filepath: str) -> None:
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.frame_end = 3
    scene.render.resolution_percentage = 10
    scene.render.filepath = filepath
