"""A scene whose pictures depend on its range of frames. Also runs inside Blender's window, by `window.run_file`."""

from __future__ import annotations

from typing import Any

import bpy

OWN = (2, 12, 1)
"""The first frame, the last frame and the step of the scene."""


def drive(scene: Any) -> None:
    """Let the world be as bright as its driver says, which reads range and step."""
    scene.frame_start, scene.frame_end, scene.frame_step = OWN
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.use_stamp_frame_range = True
    scene.world = bpy.data.worlds.new("Driven")
    if scene.world.node_tree is None:  # before 5.0
        scene.world.use_nodes = True
    strength = scene.world.node_tree.nodes["Background"].inputs["Strength"]
    driver = strength.driver_add("default_value").driver
    for name, path in (("first", "frame_start"), ("last", "frame_end"), ("step", "frame_step")):
        variable = driver.variables.new()
        variable.name, variable.type = name, "SINGLE_PROP"
        variable.targets[0].id_type = "SCENE"
        variable.targets[0].id = scene
        variable.targets[0].data_path = path
    driver.expression = "(first + frame / last) / 3 * step"


def range_of(scene: Any) -> tuple[int, ...]:
    return scene.frame_start, scene.frame_end, scene.frame_step
