"""Stills between two frames and before frame 0, beside Blender's own *Render Image*, on the `bpy` module."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera
from ...support.pictures import open_picture


@pytest.fixture
def moving(scene: bpy.types.Scene) -> bpy.types.Scene:
    """A wall that rises: how much of the picture it covers tells the moment."""
    mesh = bpy.data.meshes.new("wall")
    mesh.from_pydata([(-9, -9, -5), (9, -9, -5), (9, 0, -5), (-9, 0, -5)], [], [(0, 1, 2, 3)])
    wall = bpy.data.objects.new("wall", mesh)
    scene.collection.objects.link(wall)
    for frame in (-20, 20):
        wall.location.y = frame / 20
        wall.keyframe_insert("location", frame=frame)
    scene.render.film_transparent = True
    scene.render.resolution_x, scene.render.resolution_y = 4, 400
    scene.render.filter_size = 0.01
    return scene


def still(frame: float | None = None, **settings: Any) -> ar.StillResult:
    return ar.run(ar.render_still(ar.RenderSettings(**settings), frame=frame)).result()


def height(file: Path) -> int:
    """How many rows the wall covers."""
    picture = open_picture(file).convert("RGBA")
    return sum(picture.getpixel((1, y))[3] > 128 for y in range(picture.height))  # type: ignore[index]


def blenders_own(scene: bpy.types.Scene, path: Path) -> int:
    """Of *Render Image*, where the scene stands."""
    before, scene.render.filepath = scene.render.filepath, str(path)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    scene.render.filepath = before
    return height(path.with_suffix(".png"))


MOMENTS = [(1, 0.0), (1, 0.9), (12, 0.5), (0, 0.25), (-1, 0.5), (-5, 0.0), (-12, 0.75)]


@pytest.mark.parametrize(("frame", "subframe"), MOMENTS)
def test_a_still_shows_the_moment_at_which_the_scene_stands(
    moving: bpy.types.Scene, tmp_path: Path, frame: int, subframe: float
) -> None:
    moving.frame_set(frame, subframe=subframe)
    stands = moving.frame_current, moving.frame_subframe
    wanted = blenders_own(moving, tmp_path / "own")
    result = still(filepath=tmp_path / "ours")
    assert height(result.files[0]) == wanted
    assert (*result.frames, result.subframe) == stands == (moving.frame_current, moving.frame_subframe)
    assert result.frames[0] + result.subframe == pytest.approx(frame + subframe)


@pytest.mark.parametrize(("frame", "subframe"), MOMENTS)
def test_a_still_shows_the_moment_that_was_asked_for(
    moving: bpy.types.Scene, tmp_path: Path, frame: int, subframe: float
) -> None:
    moving.frame_set(frame, subframe=subframe)
    wanted = blenders_own(moving, tmp_path / "own")
    moving.frame_set(7, subframe=0.5)
    result = still(frame + subframe, filepath=tmp_path / "ours_####")
    assert height(result.files[0]) == wanted
    assert result.frames[0] + result.subframe == pytest.approx(frame + subframe)
    assert (moving.frame_current, moving.frame_subframe) == (7, 0.5)
    sign, number = "-" * (result.frames[0] < 0), abs(result.frames[0])
    assert [file.name for file in result.files] == [f"ours_{sign}{number:04d}.png"]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["own.png", result.files[0].name])


def test_a_whole_frame_leaves_the_scenes_sub_frame(moving: bpy.types.Scene, tmp_path: Path) -> None:
    moving.frame_set(7, subframe=0.5)
    result = still(12.0, filepath=tmp_path / "whole")
    assert (result.frames, result.subframe) == ((12,), 0.0)
    moving.frame_set(12)
    assert height(result.files[0]) == blenders_own(moving, tmp_path / "own")


def test_a_scene_that_is_not_the_windows_stands_where_it_stands(moving: bpy.types.Scene, tmp_path: Path) -> None:
    """Blender gives the scene that is named to its operator the frame of the window's."""
    other = bpy.data.scenes.new("Other")
    assert bpy.context.window is not None
    bpy.context.window.scene = other
    other.frame_set(20)
    moving.frame_set(-12, subframe=0.5)
    stands = moving.frame_current, moving.frame_subframe
    result = still(scene=moving.name, filepath=tmp_path / "ours")
    assert (moving.frame_current, moving.frame_subframe) == stands
    assert other.frame_current == 20
    bpy.context.window.scene = moving
    assert height(result.files[0]) == blenders_own(moving, tmp_path / "own")


@pytest.mark.parametrize(("frame", "subframe"), [(-5, 0.0), (-3, 0.25), (7, 0.5)])
def test_an_animation_leaves_another_scene_where_it_stands(
    moving: bpy.types.Scene, tmp_path: Path, frame: int, subframe: float
) -> None:
    """A scene before frame 0 was at frame 0 afterwards: as a property its frame takes no such number."""
    assert bpy.context.window is not None
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    moving.frame_set(frame, subframe=subframe)
    stands = moving.frame_current, moving.frame_subframe
    settings = ar.RenderSettings(scene=moving.name, filepath=tmp_path / "a_", frame_start=1, frame_end=1)
    ar.run(ar.render_animation(settings)).result()
    assert (moving.frame_current, moving.frame_subframe) == stands


@pytest.mark.parametrize("views", [False, True], ids=["one view", "two views"])
@pytest.mark.parametrize("name", ["still", "still_##", "still.jpg", "a#b_###c", "folder/"])
def test_the_files_are_called_as_those_of_whole_frames(
    moving: bpy.types.Scene, tmp_path: Path, name: str, views: bool
) -> None:
    moving.render.use_multiview = views
    whole = still(12, filepath=f"{tmp_path}/whole/{name}")
    between = still(12.5, filepath=f"{tmp_path}/between/{name}")
    names = [file.relative_to(tmp_path / "whole") for file in whole.files]
    assert [file.relative_to(tmp_path / "between") for file in between.files] == names
    assert len(names) == 1 + views
    assert [file for file in tmp_path.rglob("*") if file.is_file() and file not in (*whole.files, *between.files)] == []


def test_the_camera_of_a_moment_is_the_one_that_its_marker_binds(moving: bpy.types.Scene, tmp_path: Path) -> None:
    far = add_camera(moving, "Far")
    far.location.x = 1000
    near = moving.camera
    for frame, camera in ((-10, near), (0, far)):
        moving.timeline_markers.new("cut", frame=frame).camera = camera
    moving.frame_set(5)
    assert moving.camera == far
    assert height(still(-5, filepath=tmp_path / "near").files[0]) > 0
    assert height(still(0.5, filepath=tmp_path / "far").files[0]) == 0
    assert height(still(0.5, filepath=tmp_path / "given", camera="Camera").files[0]) > 0
    assert (moving.camera, moving.frame_current) == (far, 5)
    assert [marker.camera for marker in moving.timeline_markers] == [near, far]


@pytest.mark.parametrize("frame", ["12", True, [1]])
def test_what_is_no_number_is_no_frame(scene: bpy.types.Scene, frame: Any) -> None:
    with pytest.raises(TypeError, match=r"frame=.* is not a number; write for example 12, 12.5 or -3"):
        still(frame)


@pytest.mark.parametrize("frame", [1_048_574.5, -1_048_575, float("nan"), float("inf")])
def test_a_frame_that_blender_does_not_have_is_refused(scene: bpy.types.Scene, frame: float) -> None:
    with pytest.raises(ValueError, match=r"frame=.* is not between -1048574 and 1048574"):
        still(frame)


def test_a_cancelled_still_leaves_the_scene_where_it_stood(moving: bpy.types.Scene, tmp_path: Path) -> None:
    seen = []

    async def main() -> None:
        task = asyncio.create_task(ar.render_still(ar.RenderSettings(filepath=tmp_path / "still"), frame=-2.5))

        def leave(scene: bpy.types.Scene, *_: object) -> None:
            seen.append(scene.frame_current + scene.frame_subframe)
            task.cancel()

        bpy.app.handlers.render_pre.append(leave)
        try:
            with pytest.raises(asyncio.CancelledError):
                await task
        finally:
            bpy.app.handlers.render_pre.remove(leave)

    moving.frame_set(3)
    ar.run(main()).result()
    assert seen == [-2.5]
    assert (moving.frame_current, moving.frame_subframe) == (3, 0.0)
    assert list(tmp_path.iterdir()) == []


def test_an_animation_before_frame_0_is_refused_with_a_remedy(moving: bpy.types.Scene) -> None:
    with pytest.raises(
        ar.RenderError, match=r"-3 is before frame 0, .* or render each of these frames by render_still"
    ):
        ar.run(ar.render_animation(ar.RenderSettings(frames="-3-2"))).result()
