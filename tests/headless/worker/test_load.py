"""The file of a worker: loaded once, with output paths that mean what they mean in the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from bpy.app.handlers import persistent

import async_render as ar
from async_render.blender.quirks.versions import COMPOSITOR_IS_NODE_GROUP, PATHS_HAVE_VARIABLES

from ...support.cameras import add_camera
from ...support.empty_file import new_empty_file
from ...support.pictures import open_picture
from .conftest import Worker

pytestmark = pytest.mark.core


def test_the_same_snapshot_is_loaded_once(saved: Path, worker: Worker) -> None:
    loads: list[object] = []
    note = persistent(lambda *_: loads.append(1))
    bpy.app.handlers.load_post.append(note)
    try:
        assert [worker.load(saved, key)["loaded"] for key in ("1", "1", "2")] == [True, False, True]
    finally:
        bpy.app.handlers.load_post.remove(note)
    assert len(loads) == 2


def test_another_file_has_other_destinations_and_another_folder_is_opened_anew(
    saved: Path, tmp_path: Path, worker: Worker
) -> None:
    settings = ar.RenderSettings(filepath=tmp_path / "out" / "f_##")
    worker.load(saved, "1")
    worker.do("frames", settings=settings, frames="1")
    bpy.data.scenes[0].render.image_settings.file_format = "JPEG"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    worker.load(tmp_path / "other.blend", "2")
    worker.do("frames", settings=settings, frames="2")
    assert [names for _, names, _ in worker.frames_sent()] == [["f_01.png"], ["f_02.jpg"]]
    assert worker.load(tmp_path / "other.blend", "2", tmp_path / "project")["loaded"] is True
    assert worker.load(tmp_path / "other.blend", "2", tmp_path / "project")["loaded"] is False


def test_output_paths_are_beside_the_file_of_the_session(saved: Path, tmp_path: Path, worker: Worker) -> None:
    folder = tmp_path / "pro{j}ekt ä"
    folder.mkdir()
    worker.load(saved, folder=folder)
    plan = worker.plan()
    worker.do("frames", settings=plan["settings"], frames="2")
    assert open_picture(folder / "out" / "0002.png").size == (32, 18)
    assert worker.plan(filepath="//other/{scene}_##")["folder"] == f"{folder}/other"
    assert [item.name for item in saved.parent.iterdir()] == ["shot.blend"]


@pytest.mark.skipif(not PATHS_HAVE_VARIABLES, reason="Blender before 4.5 has no variables")
def test_blenders_variable_of_the_folder_is_that_of_the_session(saved: Path, tmp_path: Path, worker: Worker) -> None:
    worker.load(saved, folder=tmp_path / "project")
    assert worker.plan(filepath="{blend_dir}sub/{blend_name}_##")["patterns"][0][0] == f"{tmp_path}/project/sub/shot_"


def test_file_output_nodes_write_beside_the_file_of_the_session(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    of_version: Any = scene
    if COMPOSITOR_IS_NODE_GROUP:
        tree = of_version.compositing_node_group = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
    else:
        scene.use_nodes = True
        tree = of_version.node_tree
    node = tree.nodes.new("CompositorNodeOutputFile")
    name = "directory" if COMPOSITOR_IS_NODE_GROUP else "base_path"
    setattr(node, name, "//passes/")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    worker.load(tmp_path / "shot.blend", folder=tmp_path / "project")
    loaded: Any = bpy.data.scenes[0]
    nodes = (loaded.compositing_node_group if COMPOSITOR_IS_NODE_GROUP else loaded.node_tree).nodes
    found = [getattr(item, name) for item in nodes if item.bl_idname == "CompositorNodeOutputFile"]
    assert found == [f"{tmp_path}/project/passes/"]


def test_what_lies_beside_a_users_file_is_not_taken_for_unsaved_pixels(saved: Path, worker: Worker) -> None:
    (saved.parent / "pixels.json").write_text('[{"name": "bark"}]', encoding="utf-8")
    assert worker.load(saved)["loaded"] is True


def test_a_file_that_cannot_be_read_is_an_error_and_the_next_one_is_loaded(
    saved: Path, tmp_path: Path, worker: Worker
) -> None:
    (tmp_path / "cut.blend").write_bytes(saved.read_bytes()[:2000])
    with pytest.raises(ar.RenderError, match=r"cut\.blend"):
        worker.load(tmp_path / "cut.blend")
    assert worker.load(saved)["loaded"] is True


def test_what_is_missing_is_named_before_the_first_frame(saved: Path, tmp_path: Path, worker: Worker) -> None:
    image = bpy.data.images.new("bark", 4, 4)
    image.filepath_raw, image.file_format = str(tmp_path / "bark.png"), "PNG"
    image.save()
    image.source, image.use_fake_user = "FILE", True
    assert worker.plan()["warnings"] == []
    (tmp_path / "bark.png").unlink()
    assert worker.plan()["warnings"] == [f"the image 'bark' is missing: {tmp_path}/bark.png"]


def link(library: Path) -> Any:
    """The block in which datablocks are chosen, to be linked from a file."""
    of_blender: Any = bpy.data.libraries
    return of_blender.load(str(library), link=True)


def test_a_missing_file_whose_name_a_terminal_would_obey_is_escaped(
    saved: Path, tmp_path: Path, worker: Worker
) -> None:
    image = bpy.data.images.new("bark", 4, 4)
    image.source, image.filepath, image.use_fake_user = "FILE", f"{tmp_path}/\x1b[2J.png", True
    bpy.ops.wm.save_as_mainfile(filepath=str(saved), check_existing=False)
    worker.load(saved)
    assert worker.plan()["warnings"] == [f"the image 'bark' is missing: {tmp_path}/\\x1b[2J.png"]


def test_a_missing_library_is_named(saved: Path, tmp_path: Path, worker: Worker) -> None:
    scene = new_empty_file()
    scene.render.engine = "CYCLES"  # needs no display
    with link(saved) as (_, wanted):
        wanted.worlds = ["World"]
    scene.world, scene.camera = bpy.data.worlds[0], add_camera(scene, "Camera")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "linking.blend"))
    saved.rename(tmp_path / "moved.blend")
    worker.load(tmp_path / "linking.blend")
    assert worker.plan(filepath=tmp_path / "a")["warnings"] == [f"the library 'shot.blend' is missing: {saved}"]


def test_a_simulation_without_a_bake_is_rendered_in_order(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    mesh = bpy.data.meshes.new("Flag")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    flag = bpy.data.objects.new("Flag", mesh)
    scene.collection.objects.link(flag)
    assert worker.plan()["in_order"] is False
    cloth = flag.modifiers.new("Cloth", "CLOTH")
    plan = worker.plan()
    assert plan["in_order"] is True
    assert plan["warnings"] == ["the cloth 'Flag/Cloth' is not baked: the frames are rendered in order, by one worker"]
    cloth.show_render = False
    assert worker.plan()["in_order"] is False
    cloth.show_render = True
    bpy.ops.ptcache.bake_all(bake=True)
    assert worker.plan()["in_order"] is False
