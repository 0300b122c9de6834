"""`render_animation` on the `bpy` module: real renders, real files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera
from ...support.pictures import open_picture
from ...support.scene_state import state

pytestmark = pytest.mark.core


def render(settings: ar.RenderSettings | None = None) -> ar.RenderResult:
    return ar.run(ar.render_animation(settings)).result()


def test_a_scene_is_rendered_as_it_is(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = render()
    assert result.frames == (1, 2, 3)
    assert result.files == tuple(tmp_path / f"scene_000{frame}.png" for frame in (1, 2, 3))
    assert result.seconds > 0
    assert [open_picture(file).size for file in result.files] == [(32, 18)] * 3


def test_settings_win_over_the_scene(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = render(
        ar.RenderSettings(
            frame_start=2,
            frame_end=8,
            frame_step=3,
            filepath=tmp_path / "new folder" / "ä_##",
            resolution_x=64,
            resolution_y=48,
            resolution_percentage=50,
            samples=2,
            use_denoising=True,
            file_format="JPEG",
        )
    )
    assert result.frames == (2, 5, 8)
    assert [file.name for file in result.files] == ["ä_02.jpg", "ä_05.jpg", "ä_08.jpg"]
    picture = open_picture(result.files[0])
    assert (picture.size, picture.format) == ((32, 24), "JPEG")


def test_the_scene_has_its_own_settings_back(scene: bpy.types.Scene, tmp_path: Path) -> None:
    other = add_camera(scene, "Other")
    scene.timeline_markers.new("A", frame=2).camera = scene.camera
    for file_format in (
        "OPEN_EXR",
        "PNG",
    ):  # a file where no format was ever chosen has empty choices that cannot be set
        scene.render.image_settings.file_format = file_format
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "16"
    before = state(scene)
    render(
        ar.RenderSettings(
            camera=other.name,
            frame_start=300,
            frame_end=301,
            resolution_x=16,
            samples=3,
            file_format="OPEN_EXR",
            filepath=tmp_path / "x",
        )
    )
    assert state(scene) == before


@pytest.mark.parametrize("explicit", [None, "Other"])
def test_an_explicit_camera_wins_over_cameras_bound_to_markers(scene: bpy.types.Scene, explicit: str | None) -> None:
    add_camera(scene, "Other")
    scene.timeline_markers.new("A", frame=1).camera = scene.camera
    scene.timeline_markers.new("B", frame=3).camera = add_camera(scene, "Bound")
    used: list[str] = []

    def note(*_: object) -> None:
        used.append(scene.camera.name)

    bpy.app.handlers.render_write.append(note)
    render(ar.RenderSettings(camera=explicit))
    bpy.app.handlers.render_write.remove(note)
    assert used == (["Other"] * 3 if explicit else ["Camera", "Camera", "Bound"])
    assert scene.camera.name == "Camera"


def test_another_scene_can_be_rendered_by_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    other = bpy.data.scenes.new("Other")
    other.render.engine = "CYCLES"
    other.cycles.samples = 1
    other.cycles.use_denoising = False
    other.render.resolution_x = other.render.resolution_y = 16
    other.camera = add_camera(other, "Other Camera")
    other.frame_set(77)
    result = render(ar.RenderSettings(scene="Other", frame_start=1, frame_end=1, filepath=tmp_path / "other"))
    assert open_picture(result.files[0]).size == (16, 16)
    assert (other.frame_current, bpy.context.scene.name) == (77, scene.name)


def test_renders_that_are_asked_for_together_queue_in_order(scene: bpy.types.Scene, tmp_path: Path) -> None:
    done: list[str] = []

    async def one(name: str) -> None:
        await ar.render_animation(ar.RenderSettings(filepath=tmp_path / f"{name}_####"))
        done.append(name)

    async def all_three() -> None:
        await asyncio.gather(one("a"), one("b"), one("c"))

    ar.run(all_three())
    assert done == ["a", "b", "c"]
    assert len(list(tmp_path.glob("[abc]_000[123].png"))) == 9


def test_other_coroutines_go_on_at_every_frame(scene: bpy.types.Scene) -> None:
    async def count() -> int:
        turns = 0
        rendering = asyncio.create_task(ar.render_animation())
        while not rendering.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert ar.run(count()).result() > 10


def test_a_cancelled_render_is_gone_and_its_settings_are_back_when_the_error_comes_out(scene: bpy.types.Scene) -> None:
    before = state(scene)
    after: dict[str, object] = {}

    async def cancelled() -> None:
        try:
            async with asyncio.timeout(0):
                await ar.render_animation(ar.RenderSettings(frame_start=5, frame_end=9))
        finally:
            after.update(state(scene))
        raise AssertionError("no timeout")

    with pytest.raises(TimeoutError):
        ar.run(cancelled())
    assert after == before
    assert render().frames == (1, 2, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scene": "Nope"}, "scene='Nope' is not in this file; it has 'Scene'"),
        ({"camera": "Nope"}, "camera='Nope' is not in the scene 'Scene'; its cameras: 'Camera'"),
        ({"camera": "Empty"}, "camera='Empty' is of type EMPTY"),
        ({"frame_end": 0}, "frame range is empty: the scene 'Scene' has frame_start=1, frame_end=0"),
        ({"frame_start": 4}, "frame range is empty: frame_start=4, the scene 'Scene' has frame_end=3"),
        ({"engine": "NOPE"}, "engine='NOPE' is not possible in this Blender"),
        ({"file_format": "NOPE"}, "file_format='NOPE' is not possible in this Blender"),
        ({"engine": "BLENDER_WORKBENCH", "samples": 3}, "samples=3: the engine 'BLENDER_WORKBENCH' takes 1, 5, 8"),
        ({"filepath": "/proc/nope/a_"}, "filepath='/proc/nope/a_': no file can be written in the folder /proc/nope"),
    ],
)
def test_bad_input_is_one_clear_error_and_changes_nothing(
    scene: bpy.types.Scene, changes: dict[str, Any], message: str
) -> None:
    scene.collection.objects.link(bpy.data.objects.new("Empty", None))
    before = state(scene)
    settings = ar.RenderSettings().replace(**changes)
    with pytest.raises(ar.RenderError) as caught:
        render(settings)
    assert message in str(caught.value)
    assert state(scene) == before


def test_a_scene_without_a_camera_is_an_error_that_names_it(scene: bpy.types.Scene) -> None:
    scene.camera = None
    with pytest.raises(ar.RenderError, match="camera=None, and the scene 'Scene' has no active camera"):
        render()


def test_a_long_path_works(scene: bpy.types.Scene, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["d" * 200] * 4)
    assert render(ar.RenderSettings(filepath=folder / "ü_")).files[-1] == folder / "ü_0003.png"
    still = ar.run(ar.render_still(ar.RenderSettings(filepath=folder / "still"))).result()
    assert still.files == (folder / "still.png",)
    movie = ar.RenderSettings(filepath=folder / "film_", file_format="FFMPEG", container="MKV", video_codec="FFV1")
    assert render(movie).files == (folder / "film_0001-0003.mkv",)


def test_a_folder_where_a_file_shall_be_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "scene_0002.png").mkdir()
    with pytest.raises(ar.RenderError, match=r"there is a folder where the file .*scene_0002\.png will be"):
        render()


def test_an_empty_file_is_not_a_finished_frame(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "scene_0002.png").symlink_to("/dev/full")
    with pytest.raises(ar.OutputError, match=r"scene_0002\.png is not a file but a device") as caught:
        render()
    assert [file.name for file in caught.value.files] == ["scene_0001.png", "scene_0003.png"]


def test_a_movie_that_cannot_be_opened_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "movie.mkv").mkdir()
    scene.render.use_file_extension = False
    with pytest.raises(ar.RenderError, match="there is a folder where the file"):
        render(ar.RenderSettings(file_format="FFMPEG", filepath=tmp_path / "movie.mkv"))


def test_a_movie_is_one_file(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = render(ar.RenderSettings(file_format="FFMPEG", filepath=tmp_path / "movie_"))
    assert result.frames == (1, 2, 3)
    assert len(result.files) == 1
    assert result.files[0].stat().st_size > 100


def test_segments_are_those_of_the_active_scene(scene: bpy.types.Scene) -> None:
    scene.timeline_markers.new("A", frame=1)
    scene.timeline_markers.new("B", frame=3)
    assert ar.segments() == (ar.Segment("A", 1, 2, "Scene"), ar.Segment("B", 3, 3, "Scene"))
