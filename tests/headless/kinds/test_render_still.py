"""`render_still` on the `bpy` module."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.jobs.outcome import JobOutcome
from async_render.blender.kinds import rendering
from async_render.output import folders
from async_render.render.activity import activities

from ...support.pictures import open_picture
from ...support.scene_state import state

pytestmark = pytest.mark.core


def still(settings: ar.RenderSettings | None = None, *, frame: int | None = None, **what: Any) -> ar.StillResult:
    result: ar.StillResult = ar.run(ar.render_still(settings, frame=frame, **what)).result()
    return result


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


def test_the_trial_file_is_not_written_on_the_main_thread(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network disk may take any time for it."""
    threads: list[threading.Thread] = []
    plain = folders.check_folder

    def check_folder(*given: Any) -> float:
        threads.append(threading.current_thread())
        return plain(*given)

    monkeypatch.setattr(folders, "check_folder", check_folder)
    still(ar.RenderSettings(filepath=tmp_path / "still"))
    ar.run(ar.render_animation(ar.RenderSettings(filepath=tmp_path / "f_", frame_end=1)))
    assert len(threads) == 2
    assert threading.main_thread() not in threads


def test_the_panel_never_shows_the_folder_of_a_still_that_leaves_no_file(
    scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is removed with the picture, also after an error."""
    shown: list[Path | None] = []

    async def job(*_: Any) -> JobOutcome:
        shown.extend(render.folder for render in ar.queue())
        return JobOutcome(messages=["out of coffee"])

    monkeypatch.setattr(rendering, "run_job", job)
    with pytest.raises(ar.RenderError, match="out of coffee"):
        still(write=False, pixels=True)
    (ended,) = [item for item in activities if item.name == "Scene"][-1:]
    assert [*shown, ended.folder, ended.last_file] == [None, None, None]


def test_what_a_scene_has_can_be_rendered_as_a_still_or_a_frame_list(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = ar.RenderSettings.from_scene()
    assert still(settings, frame=2).frames == (2,)
    assert ar.run(ar.render_animation(settings.replace(frames="1, 3"))).result().frames == (1, 3)
    scene.frame_step = 2
    assert ar.RenderSettings.from_scene().replace(frames="1-2").frame_step is None


def test_a_still_is_rendered_again_though_its_file_is_there(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "still.png").write_text("an old one")
    result = still(ar.RenderSettings(filepath=tmp_path / "still", use_overwrite=False), pixels=True)
    assert result.frames == (1,)
    assert open_picture(tmp_path / "still.png").size == (32, 18)


def test_pixels_alone_leave_no_file_whatever_the_format_is(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = ar.RenderSettings(file_format="OPEN_EXR", color_depth="32", exr_codec="DWAA", filepath=tmp_path / "a")
    result = still(settings, write=False, pixels=True)
    assert result.pixels is not None
    assert (result.pixels.width, result.files) == (32, ())
    assert list(tmp_path.iterdir()) == []
    (shown,) = [item for item in activities if item.name == "Scene"][-1:]
    assert (shown.folder, shown.last_file) == (None, None)


def test_a_still_that_is_not_whole_leaves_the_old_one(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "still.png").write_text("the old one")

    def cut(*_: object) -> None:
        (file,) = tmp_path.glob("still.png?*")
        file.write_bytes(file.read_bytes()[:100])

    bpy.app.handlers.render_write.append(cut)
    try:
        with pytest.raises(ar.OutputError, match=r"still\.png is cut off"):
            still(ar.RenderSettings(filepath=tmp_path / "still"))
    finally:
        bpy.app.handlers.render_write.remove(cut)
    assert [file.name for file in tmp_path.iterdir()] == ["still.png"]
    assert (tmp_path / "still.png").read_text() == "the old one"


def test_it_is_the_current_frame_that_is_rendered_and_nothing_changes(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_set(2)
    before = state(scene)
    assert still().frames == (2,)
    assert state(scene) == before


def test_pixels_are_linear_floats_from_the_bottom_left(scene: bpy.types.Scene, tmp_path: Path) -> None:
    if scene.world.node_tree is None:  # before 5.0
        scene.world.use_nodes = True
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


def rename_result(scene: bpy.types.Scene) -> None:
    still(write=False, pixels=True)
    bpy.data.images["Render Result"].name = "Mine"


def show_another_slot(scene: bpy.types.Scene) -> None:
    """As J does while a picture is rendered."""
    still(write=False, pixels=True)
    slots = bpy.data.images["Render Result"].render_slots
    slots.new(name="two")
    bpy.app.handlers.render_pre.append(lambda *_: setattr(slots, "active_index", 1))


@pytest.mark.parametrize(
    "prepare",
    [lambda _scene: bpy.data.images.new("Render Result", 4, 4), rename_result, show_another_slot],
    ids=["another image has the name", "renamed", "another slot"],
)
def test_pixels_are_those_of_the_render_whatever_the_user_does_to_its_image(
    scene: bpy.types.Scene, prepare: Callable[[bpy.types.Scene], object]
) -> None:
    prepare(scene)
    before = [image.name for image in bpy.data.images if image.type == "RENDER_RESULT"]
    pixels = still(write=False, pixels=True).pixels
    bpy.app.handlers.render_pre.clear()
    assert pixels is not None
    assert (pixels.width, pixels.height) == (32, 18)
    assert pixels.values[3] == 1.0
    (image,) = (image for image in bpy.data.images if image.type == "RENDER_RESULT")
    assert before in ([], [image.name])
    assert image.render_slots.active_index == (1 if prepare is show_another_slot else 0)


def test_pixels_that_are_gone_are_an_error_with_a_remedy(scene: bpy.types.Scene) -> None:
    def remove(*_: object) -> None:
        bpy.data.images.remove(next(image for image in bpy.data.images if image.type == "RENDER_RESULT"))

    still(write=False, pixels=True)
    bpy.app.handlers.render_complete.append(remove)
    with pytest.raises(ar.RenderError, match="pixels=True: the Render Result was deleted"):
        still(write=False, pixels=True)
    bpy.app.handlers.render_complete.clear()


def test_file_and_pixels_come_together(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = still(ar.RenderSettings(resolution_percentage=50), pixels=True)
    assert result.pixels is not None
    assert (result.pixels.width, result.pixels.height) == open_picture(result.files[0]).size == (16, 9)


def test_in_a_folder_the_frame_number_is_a_stills_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.filepath = f"{tmp_path}/out/"
    assert still(ar.RenderSettings(), frame=2).files == (tmp_path / "out" / "0002.png",)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["0002.png"]


def test_a_still_shows_the_range_of_its_scene_in_its_metadata(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """As *Render Image* does. An animation of one frame has this frame as its range."""
    scene.render.use_stamp_frame_range = True
    scene.frame_start, scene.frame_end = 2, 99
    scene.frame_set(3)
    for frame, path in ((None, "poster"), (7, "poster"), (7, "poster_##")):
        (file,) = ar.run(ar.render_still(filepath=tmp_path / path, frame=frame)).result().files
        assert b"FrameRange\x002:99" in file.read_bytes()
        assert scene.frame_current == 3


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
