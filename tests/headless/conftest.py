"""A tiny scene on the `bpy` module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="these tests need the bpy module: uv run --extra bpy pytest")

import bpy


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """An empty file's one scene: a camera that sees the world's colour, three frames of 32 × 18 pixels."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    scene.world = bpy.data.worlds.new("World")
    scene.frame_start, scene.frame_end = 1, 3
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.filepath = f"{tmp_path}/scene_"
    scene.camera = add_camera(scene, "Camera")
    yield scene
    for name in ("render_init", "render_pre", "render_write", "render_complete", "render_cancel"):
        assert not list(getattr(bpy.app.handlers, name)), f"a handler was left in {name}"


def add_camera(scene: bpy.types.Scene, name: str) -> bpy.types.Object:
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    scene.collection.objects.link(camera)
    return camera
