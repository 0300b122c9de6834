"""What a job of the open file has to know, which only Blender can read."""

from __future__ import annotations

from typing import Any

import bpy

from .missing_files import missing_files


def export_facts() -> dict[str, Any]:
    """Return what `async-render export` asks of the open file, for JSON.

    `has_files` is whether the file, or a library of it, needs other files that are not packed. A file without them is
    copied as it is.
    """
    scene = bpy.context.scene
    assert scene is not None
    return {
        "frames": [scene.frame_start, scene.frame_end, scene.frame_step],
        "is_movie": bool(scene.render.is_movie_format),
        "missing": missing_files(scene),
        "has_files": bool(bpy.utils.blend_paths(absolute=True, packed=False, local=False)),
    }
