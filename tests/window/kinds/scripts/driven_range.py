"""Renders some frames of a driven scene, and notes the ranges that handlers read meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

import async_render as ar


async def render_parts() -> list[Any]:
    """Render three frames by three jobs, every second frame by one job, and a still; return names and ranges."""
    seen: set[tuple[int, ...]] = set()

    def read(scene: Any, *_: object) -> None:
        """Read the range at each frame, on Blender's render thread, as other add-ons do."""
        seen.add((scene.frame_start, scene.frame_end, scene.frame_step))

    folder = Path(bpy.data.filepath).parent
    lists = [bpy.app.handlers.render_pre, bpy.app.handlers.frame_change_post, bpy.app.handlers.render_write]
    for handlers in lists:
        handlers.append(read)
    try:
        some = await ar.render_animation(filepath=f"{folder}/some/####", frames="3,5,9")
        steps = await ar.render_animation(filepath=f"{folder}/steps/####", frames="4-8x2")
        still = await ar.render_still(filepath=f"{folder}/still", frame=7)
    finally:
        for handlers in lists:
            handlers.remove(read)
    return [[file.name for result in (some, steps, still) for file in result.files], sorted(seen)]
