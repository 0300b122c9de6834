"""What a user has in the session: unsaved changes, undo, unsaved pixels, recent files; and snapshots beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from async_render.blender.session.source import session

painted: Any = bpy.data.images.new("Painted", 4, 4)
painted.pixels.foreach_set([0.5] * 64)
keys: list[str] = []


def facts() -> list[object]:
    """What a snapshot must not change."""
    preferences: Any = bpy.context.preferences
    recent = Path(bpy.utils.user_resource("CONFIG")) / "recent-files.txt"
    image: Any = bpy.data.images["Painted"]
    return [
        [bpy.data.filepath, bpy.data.is_dirty, bpy.data.is_saved, bpy.context.mode],
        [image.is_dirty, bool(image.packed_file), image.source],
        [preferences.is_dirty, preferences.filepaths.file_preview_type],
        recent.read_text() if recent.exists() else "",
        sorted(item.name for item in Path(bpy.data.filepath).parent.iterdir()),
    ]


def change(frame_end: int) -> None:
    """Change something as a user does, with a step of undo."""
    scene = bpy.context.scene
    assert scene is not None
    scene.frame_end = frame_end
    bpy.ops.ed.undo_push(message=f"end {frame_end}")


async def take() -> str:
    """Take a snapshot, and release it."""
    snapshot = await session.snapshot()
    assert snapshot.file.exists()
    keys.append(snapshot.key)
    snapshot.release()
    assert not snapshot.file.exists()
    return snapshot.file.name
