"""A tiny scene on the `bpy` module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy", reason="these tests need the bpy module: uv run --extra bpy pytest")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """An empty file's one scene: a camera that sees the world's colour, three frames of 32 × 18 pixels."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
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


def state(scene: bpy.types.Scene) -> dict[str, object]:
    """Every plain value of the scene and its render settings, and what is bound to its markers."""
    structs = {
        "": scene,
        "render": scene.render,
        "image": scene.render.image_settings,
        "ffmpeg": scene.render.ffmpeg,
        "cycles": scene.cycles,
        "eevee": scene.eevee,
        "display": scene.display,
        "view": bpy.context.preferences.view,
    }
    values: dict[str, object] = {
        f"{where}.{item.identifier}": getattr(struct, item.identifier)
        for where, struct in structs.items()
        for item in struct.bl_rna.properties
        if item.identifier != "use_nodes"  # deprecated: always true from 5.0 on
        and item.type in {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"} and not getattr(item, "is_array", False)
    }
    values["camera"] = scene.camera and scene.camera.name
    values["markers"] = [(marker.name, marker.frame, marker.camera) for marker in scene.timeline_markers]
    return values
