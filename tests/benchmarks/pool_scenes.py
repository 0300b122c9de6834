"""The scenes of `pool.py`, made in the process that calls this file.

`python -m tests.benchmarks.pool_scenes KIND FILE`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

from ..support.cameras import add_camera

SEGMENTS, SEGMENT = 20, 3
"""Segments, and frames of each."""

MODIFIED, HEAVY, VARIED, SINGLE = 200, 20, 40, 20
"""Frames of the scene with modifiers; jobs of the heavy file; frames whose cost varies; jobs of one frame."""


def make(kind: str, file: Path) -> None:
    """Save a scene.

    Args:
        kind: `"light"`, `"modified"` (the cost of a frame is in one thread), `"heavy"` (the file takes seconds to
            open, and its frames a second), `"varied"` (frames cost between 1 and 20).
        file: where.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene: Any = bpy.data.scenes[0]
    scene.world = bpy.data.worlds.new("World")
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.frame_start, scene.frame_end = 1, SEGMENTS * SEGMENT
    scene.render.filepath = "//out/"
    scene.camera = add_camera(scene, "Camera")
    if kind == "modified":
        scene.frame_end = MODIFIED
        _decimated()
    elif kind == "varied":
        scene.frame_end = VARIED
        _resolution_by_frame()
    elif kind == "heavy":
        scene.frame_end = SINGLE
        scene.cycles.samples, scene.cycles.use_adaptive_sampling = 4000, False
        _filler()
    bpy.ops.wm.save_as_mainfile(filepath=str(file), check_existing=False)


def _decimated() -> None:
    """Add a mesh that moves and is decimated anew for each frame: Blender collapses edges in one thread."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=150, y_subdivisions=150)
    grid: Any = bpy.context.object
    grid.modifiers.new("Wave", "WAVE").height = 0.2
    grid.modifiers.new("Decimate", "DECIMATE").ratio = 0.2


def _subdivided(levels: int) -> None:
    """Add a mesh that moves and is subdivided anew for each frame."""
    bpy.ops.mesh.primitive_cube_add()
    cube: Any = bpy.context.object
    cube.modifiers.new("Subdivision", "SUBSURF").render_levels = levels
    wave = cube.modifiers.new("Wave", "WAVE")
    wave.height = 0.2


def _resolution_by_frame() -> None:
    """Let the frames cost between 1 and 20, in no order: the subdivision of a mesh is keyed."""
    _subdivided(levels=5)
    cube: Any = bpy.context.object
    for frame in range(1, VARIED + 1):
        cube.modifiers["Subdivision"].render_levels = 5 + (frame * 7) % 4
        cube.modifiers["Subdivision"].keyframe_insert("render_levels", frame=frame)


def _filler() -> None:
    """Fill the file with meshes, so that it takes seconds to open, and none to render."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=1000, y_subdivisions=1000)
    grid: Any = bpy.context.object
    for number in range(9):
        mesh = grid.data.copy()
        mesh.name, mesh.use_fake_user = f"Filler {number}", True
    bpy.data.objects.remove(grid)


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))
