"""`render_still` on the `bpy` module."""

from __future__ import annotations

import asyncio
from pathlib import Path

import bpy
import pytest

import async_render as ar

from ..pictures import open_picture
from ..scene_state import state


def still(settings: ar.RenderSettings | None = None, *, frame: int | None = None, **what: bool) -> ar.StillResult:
    return ar.run(ar.render_still(settings, frame=frame, **what)).result()


@pytest.mark.parametrize(
    ("filepath", "name"),
    [
        ("still", "still.png"),
        ("still.jpg", "still.png"),
        ("still.final", "still.final.png"),
        ("still_###", "still_007.png"),
        ("{scene}/{{a}}", "Scene/{a}.png"),
    ],
)
def test_the_file_has_the_name_that_was_given(scene: bpy.types.Scene, tmp_path: Path, filepath: str, name: str) -> None:
    result = still(ar.RenderSettings(filepath=f"{tmp_path}/{filepath}"), frame=7)
    assert result.files == (tmp_path / name,)
    assert result.frames == (7,)
    assert open_picture(tmp_path / name).size == (32, 18)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / name]


def test_it_is_the_current_frame_that_is_rendered_and_nothing_changes(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_set(2)
    before = state(scene)
    assert still().frames == (2,)
    assert state(scene) == before


def test_pixels_are_linear_floats_from_the_bottom_left(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.0, 0.25, 1.0, 1.0)
    scene.cycles.use_denoising = False
    before = (scene.render.image_settings.file_format, scene.render.filepath, len(bpy.data.images))
    result = still(write=False, pixels=True)
    assert result.files == ()
    assert list(tmp_path.iterdir()) == []
    pixels = result.pixels
    assert pixels is not None
    assert (pixels.width, pixels.height, len(pixels.values)) == (32, 18, 32 * 18 * 4)
    assert list(pixels.values[:4]) == pytest.approx([0.0, 0.25, 1.0, 1.0], abs=0.01)
    assert repr(pixels) == "Pixels(width=32, height=18)"
    after = (scene.render.image_settings.file_format, scene.render.filepath, len(bpy.data.images))
    assert after == (*before[:2], before[2] + 1)  # the Render Result


def test_file_and_pixels_come_together(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = still(ar.RenderSettings(resolution_percentage=50), pixels=True)
    assert result.pixels is not None
    assert (result.pixels.width, result.pixels.height) == open_picture(result.files[0]).size == (16, 9)


def test_in_a_folder_the_frame_number_is_a_stills_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.filepath = f"{tmp_path}/out/"
    assert still(ar.RenderSettings(), frame=2).files == (tmp_path / "out" / "0002.png",)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["0002.png"]


def test_a_movie_is_no_still(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(ar.RenderError, match="file_format='FFMPEG' is a movie"):
        still(ar.RenderSettings(file_format="FFMPEG"))


def test_the_queue_can_be_read(scene: bpy.types.Scene) -> None:
    async def read() -> list[tuple[str, str]]:
        async with asyncio.TaskGroup() as group:
            group.create_task(ar.render_animation())
            group.create_task(ar.render_still())
            await asyncio.sleep(0.01)
            return [(item.name, item.state.value) for item in ar.queue()]

    assert ar.run(read()).result() == [("Scene", "running"), ("Scene", "queued")]
    assert ar.queue() == ()
