"""What Blender keeps beside its data while a user works: tiles, a mesh in edit mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bmesh
import bpy
import pytest

import async_render as ar
from async_render.blender.session.source import BlenderSession, SnapshotFile, session
from async_render.blender.session.unsaved_pixels import restore_pixels

from ...support.pictures import open_picture

pytestmark = pytest.mark.core


def snapshot_of(session: BlenderSession) -> SnapshotFile:
    async def main() -> SnapshotFile:
        return await session.snapshot()

    return ar.run(main()).result()


def test_painted_tiles_are_in_the_snapshot(scene: bpy.types.Scene, tmp_path: Path) -> None:
    image: Any = bpy.data.images.new("Tiles", 4, 4, tiled=True)
    image.use_fake_user = True
    image.tiles.new(tile_number=1002)
    image.filepath_raw, image.file_format = str(tmp_path / "tile.<UDIM>.png"), "PNG"
    with bpy.context.temp_override(edit_image=image):
        for number, colour in ((0, (1, 0, 0, 1)), (1, (0, 1, 0, 1))):
            image.tiles.active_index = number
            bpy.ops.image.tile_fill(color=colour, width=4, height=4)
    image.save()
    image.pixels.foreach_set([0.0, 0.0, 1.0, 1.0] * 16)  # of the first tile, and not saved
    before = image.filepath, image.is_dirty
    assert before[1]
    if "save_copy" not in bpy.types.Image.bl_rna.functions["save"].parameters:  # 4.2
        with pytest.raises(ar.RenderError, match="'Tiles' has painted tiles that are not saved"):
            snapshot_of(session)
        return
    snapshot = snapshot_of(session)
    assert (image.filepath, image.is_dirty) == before
    bpy.ops.wm.open_mainfile(filepath=str(snapshot.file))
    restore_pixels(snapshot.file)
    restored: Any = bpy.data.images["Tiles"]
    files = [Path(bpy.path.abspath(restored.filepath.replace("<UDIM>", number))) for number in ("1001", "1002")]
    assert [open_picture(file).convert("RGB").getpixel((0, 0)) for file in files] == [(0, 0, 255), (0, 255, 0)]
    assert open_picture(tmp_path / "tile.1001.png").convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_mesh_in_edit_mode_is_in_the_snapshot(scene: bpy.types.Scene) -> None:
    bpy.ops.mesh.primitive_plane_add()
    bpy.ops.object.mode_set(mode="EDIT")
    item = bpy.context.object
    assert item is not None
    mesh: Any = item.data
    edited: Any = bmesh.from_edit_mesh(mesh)
    edited.verts.ensure_lookup_table()
    edited.verts[0].co.z = 7.0
    snapshot = snapshot_of(session)
    assert bpy.context.mode == "EDIT_MESH"
    bpy.ops.wm.open_mainfile(filepath=str(snapshot.file))
    assert max(vertex.co.z for vertex in bpy.data.meshes["Plane"].vertices) == 7.0
