"""Four small frames. `states` is for the test."""

from __future__ import annotations

import importlib.util  # noqa: F401 - for the statements that the test sends
from typing import Any

import bpy

from async_render.render.activity import activities as activities

scene: Any = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 32
scene.frame_start, scene.frame_end = 1, 4
names: Any = bpy.app.driver_namespace


def states(farm: str) -> list[str]:
    """Return what the workers of a farm do."""
    return [worker.state for worker in names["farms"][farm].workers]
