"""Activities in every state; one has a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy

from async_render.render.activity import Activity


def show_every_state(add: Callable[..., Activity], cancelled: Callable[[], None], file: str) -> None:
    """Add them by `add`, with `cancelled` behind their buttons; the picture is rendered into the file."""
    picture = render_picture(file)
    script = add("SCRIPT", "render.py", "RUNNING", cancel=cancelled)
    assert script.started_at is not None
    script.started_at -= 75
    add("SCRIPT", "Text", "CANCELLED")
    add("RENDER", "Shot 1", "FINISHED", folder=picture.parent)
    add("RENDER", "Shot 2", "FAILED", error=ValueError("no camera"), folder=picture.parent)
    half_done = {"frames_total": 1200, "frames_done": 119, "fraction": 0.4, "eta": 3725}
    shot = add("RENDER", "Shot 3", "RUNNING", cancel=cancelled, **half_done)
    shot.folder, shot.last_file = picture.parent, picture
    add("RENDER", "Shot 4", "QUEUED", cancel=cancelled, frames_total=48)


def render_picture(file: str) -> Path:
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x, scene.render.resolution_y = 320, 180
    scene.render.filepath = file
    bpy.ops.render.render(write_still=True)
    return Path(scene.render.filepath)
