"""What a worker does beside frames: movies of the pictures of many, sound, and bakes whose pixels go back."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.output.integrity import find_damage
from async_render.work.wire import settings_from_wire

from .conftest import Worker

pytestmark = pytest.mark.core

MOVIE: dict[str, Any] = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1", "audio_codec": "NONE"}


@pytest.mark.parametrize("step", [1, 2])
def test_a_movie_of_frames_has_the_name_of_its_plan(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker, step: int
) -> None:
    scene.frame_step = step
    plan = worker.plan(filepath=tmp_path / "film_{date}", **MOVIE)
    settings = settings_from_wire(plan["settings"])
    assert (settings.color_depth, settings.color_mode) == ("8", "RGB")
    pictures = settings.replace(
        filepath=tmp_path / "pictures" / "####", file_format="PNG", container=None, video_codec=None, audio_codec=None
    )
    worker.do("frames", settings=pictures, frames=plan["frames"])
    files = [file for event in worker.events if event["event"] == "frame" for file in event["files"]]
    listing = tmp_path / "frames.json"
    listing.write_text(json.dumps(files))
    result = worker.do("encode", listing=str(listing), settings=plan["settings"], claims=True)["result"]
    assert result["files"] == [plan["patterns"][0][0]]
    assert result["frames"] == plan["frames"]
    assert find_damage(Path(result["files"][0])) is None


def test_a_movie_for_each_view_is_refused(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    scene.render.use_multiview = True
    with pytest.raises(ar.RenderError, match="one for each view: choose Stereo 3D"):
        worker.plan(filepath=tmp_path / "film", **MOVIE)


def baking(scene: bpy.types.Scene, name: str) -> Any:
    """An object whose material bakes into an image."""
    bpy.ops.mesh.primitive_plane_add()
    item = bpy.context.object
    assert item is not None
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # before 5.0
        material.use_nodes = True
    tree: Any = material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.new(name, 4, 4)
    tree.nodes.active = node
    mesh: Any = item.data
    mesh.materials.append(material)
    return node.image


def test_baked_pixels_are_left_for_the_session(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    other: Any = bpy.data.images.new("Other", 2, 2)
    other.pixels[0] = 0.5
    image = baking(scene, "Baked")
    done = worker.do("bake", type="NORMAL", properties={"margin": 1}, folder=str(tmp_path))
    assert (done["status"], [row["name"] for row in done["images"]]) == ("FINISHED", ["Baked"])
    (row,) = done["images"]
    assert (row["width"], row["height"], row["library"], row["is_float"]) == (4, 4, None, False)
    baked = array("f", (tmp_path / row["file"]).read_bytes())
    assert baked == array("f", image.pixels[:])
    assert baked[2] == pytest.approx(1.0, abs=0.01), "the normals of a plane are blue"


def test_a_bake_into_meshes_is_refused(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    baking(scene, "Baked")
    with pytest.raises(ar.RenderError, match="target='VERTEX_COLORS': a worker bakes into images only"):
        worker.do("bake", type="NORMAL", properties={"target": "VERTEX_COLORS"}, folder=str(tmp_path))


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")
def test_sound_is_written_beside_the_file_of_the_session_as_often_as_wanted(
    saved: Path, tmp_path: Path, worker: Worker
) -> None:
    worker.load(saved, folder=tmp_path / "project")
    for name in ("a.wav", "b.wav"):  # 5.2 writes one for each file that it opens
        done = worker.do("mixdown", filepath=f"//{name}", properties={})
        assert done["file"] == str(tmp_path / "project" / name)
        assert find_damage(Path(done["file"])) is None
