"""Pictures of several views, on the `bpy` module."""

from __future__ import annotations

import itertools
from pathlib import Path

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera

pytestmark = pytest.mark.core


@pytest.fixture
def stereo(scene: bpy.types.Scene) -> bpy.types.Scene:
    scene.render.use_multiview = True
    scene.render.image_settings.views_format = "INDIVIDUAL"
    return scene


def render(settings: ar.RenderSettings | None = None, *, resume: bool = False) -> ar.RenderResult:
    return ar.run(ar.render_animation(settings, resume=resume)).result()


@pytest.mark.parametrize("views_format", ["STEREO_3D", "MULTIVIEW"])
@pytest.mark.parametrize("used", [used for used in itertools.product((True, False), repeat=3) if any(used)])
def test_the_files_are_those_of_the_views_that_blender_renders(
    stereo: bpy.types.Scene, tmp_path: Path, views_format: str, used: tuple[bool, ...]
) -> None:
    stereo.render.views.new("third").file_suffix = "_3"
    stereo.render.views_format = views_format
    for view, is_used in zip(stereo.render.views, used, strict=True):
        view.use = is_used
    result = render(ar.RenderSettings(frame_end=2))
    assert sorted(result.files) == sorted(tmp_path.iterdir())
    assert len(result.files) == len(set(result.files))


@pytest.mark.parametrize("eye", ["L", "R"])
def test_a_frame_of_which_an_eye_is_gone_is_rendered_though_the_scene_does_not_overwrite(
    stereo: bpy.types.Scene, tmp_path: Path, eye: str
) -> None:
    """Blender leaves it out: one of its files is there."""
    stereo.frame_end = 6
    render()
    for gone in ("0002_L", "0002_R", f"0003_{eye}", f"0004_{eye}"):
        (tmp_path / f"scene_{gone}.png").unlink()
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir() if file.name[6:10] not in {"0003", "0004"}}
    stereo.render.use_overwrite = False
    result = render()
    assert (result.frames, result.skipped) == ((2, 3, 4), (1, 5, 6))
    assert sorted(file.name for file in result.files) == [
        f"scene_000{frame}_{side}.png" for frame in (2, 3, 4) for side in "LR"
    ]
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    assert stereo.render.use_overwrite is False


def test_resume_renders_a_frame_of_which_an_eye_is_gone(stereo: bpy.types.Scene, tmp_path: Path) -> None:
    render()
    (tmp_path / "scene_0002_R.png").unlink()
    result = render(resume=True)
    assert (result.frames, result.skipped) == ((2,), (1, 3))


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("views_format", ["INDIVIDUAL", "STEREO_3D"])
def test_pixels_are_those_of_the_left_eye(
    stereo: bpy.types.Scene, tmp_path: Path, write: bool, views_format: str
) -> None:
    """A wall stands where only the left eye looks."""
    stereo.render.image_settings.views_format = views_format
    stereo.render.views_format = "MULTIVIEW"
    cameras = {eye: add_camera(stereo, f"Camera_{eye}") for eye in "LR"}
    stereo.camera = cameras["L"]
    cameras["R"].location.x = 100
    stereo.collection.objects.link(wall := bpy.data.objects.new("wall", bpy.data.meshes.new("wall")))
    wall.data.from_pydata([(-9, -9, -5), (9, -9, -5), (9, 9, -5), (-9, 9, -5)], [], [(0, 1, 2, 3)])
    stereo.render.film_transparent = True
    settings = ar.RenderSettings(filepath=tmp_path / "still")
    for _ in range(2):  # the first save of a Render Result does not go by the scene
        result = ar.run(ar.render_still(settings, write=write, pixels=True)).result()
        assert result.pixels is not None
        assert (result.pixels.width, result.pixels.height) == (32, 18)
        assert set(result.pixels.values[3::4]) == {1.0}
        assert list(result.files) == sorted(tmp_path.iterdir())
        assert len(result.files) == write * (2 if views_format == "INDIVIDUAL" else 1)
        assert stereo.render.image_settings.views_format == views_format
        assert stereo.render.image_settings.stereo_3d_format.display_mode == "ANAGLYPH"


def test_views_that_give_no_pixels_are_refused_before_the_render(stereo: bpy.types.Scene, tmp_path: Path) -> None:
    stereo.render.views_format = "MULTIVIEW"
    stereo.render.views.new("third").file_suffix = "_3"
    stereo.render.views["right"].use = False
    with pytest.raises(ar.RenderError, match=r"pixels=True: .* renders 'left', 'third'; read the files"):
        ar.run(ar.render_still(pixels=True)).result()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffixes", [("_R", "_R"), ("_l", "_L"), ("", "")], ids=["same", "case", "none"])
@pytest.mark.parametrize("is_animation", [True, False], ids=["animation", "still"])
def test_views_that_would_share_a_file_are_refused(
    stereo: bpy.types.Scene, tmp_path: Path, suffixes: tuple[str, str], is_animation: bool
) -> None:
    """Blender would write one over the other; only another case is enough on macOS and Windows."""
    for view, suffix in zip(("left", "right"), suffixes, strict=True):
        stereo.render.views[view].file_suffix = suffix
    wanted = ar.RenderSettings(filepath=tmp_path / "eye_####")
    with pytest.raises(ar.RenderError, match=r"the views 'left' and 'right' would share the file .*other suffixes"):
        ar.run(ar.render_animation(wanted) if is_animation else ar.render_still(wanted)).result()
    assert list(tmp_path.iterdir()) == []
    stereo.render.views["right"].use = False
    assert len(ar.run(ar.render_still(wanted)).result().files) == 1


@pytest.mark.parametrize("suffix", ["/left", "_L/x", "/../../left"])
@pytest.mark.parametrize("is_animation", [True, False], ids=["animation", "still"])
def test_a_suffix_that_leads_into_another_folder_is_refused(
    stereo: bpy.types.Scene, tmp_path: Path, suffix: str, is_animation: bool
) -> None:
    stereo.render.views["left"].file_suffix = suffix
    wanted = ar.RenderSettings(filepath=tmp_path / "eye_####")
    message = rf"file_suffix='{suffix}' of the view 'left' leads into another folder: give the view a suffix without"
    with pytest.raises(ar.RenderError, match=message):
        ar.run(ar.render_animation(wanted) if is_animation else ar.render_still(wanted)).result()
    assert list(tmp_path.iterdir()) == []
