"""The open file with all that it needs inside, for machines that see none of the other files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .missing_files import MOST, missing_files


def facts_for_export(file: Path) -> dict[str, Any]:
    """Return what a job needs to know of the open file, for JSON, and save a copy as `save_self_contained` does.

    Args:
        file: the copy.
    """
    scene = bpy.context.scene
    assert scene is not None
    return {
        "frames": [scene.frame_start, scene.frame_end, scene.frame_step],
        "is_movie": bool(scene.render.is_movie_format),
        "problems": save_self_contained(scene, file),
    }


def save_self_contained(scene: bpy.types.Scene, file: Path) -> list[str]:
    """Pack what the open file needs, and save a copy; save nothing where no other file is needed.

    Blender packs images, fonts, sounds, volumes and libraries. It packs neither movies, sequences of images and caches,
    nor the images of a library: BKE_packedfile_pack_all in source/blender/blenkernel/intern/packedFile.cc.

    Args:
        scene: the scene that is rendered.
        file: the copy.

    Returns:
        A message for each file that is missing, or that cannot be packed. Then no copy is saved.
    """
    needed = _external()
    missing = missing_files(scene)
    if missing or not needed:
        return missing
    bpy.ops.file.pack_all()
    if bpy.data.libraries:
        bpy.ops.file.pack_libraries()
    if left := _external():
        more = [f"and {len(left) - MOST} more files"] if len(left) > MOST else []
        return [*(f"Blender cannot pack {path}" for path in left[:MOST]), *more]
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return []


def _external() -> list[str]:
    """Return the paths of the files that are needed and not packed, those that libraries need among them."""
    return sorted(set(bpy.utils.blend_paths(absolute=True, packed=False, local=False)))
