"""What `render_animation` knows better than Blender, on the `bpy` module."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

import bpy
import pytest

import async_render as ar
from async_render.output.integrity import find_damage
from async_render.render.activity import activities

from ...support.disks import mounted
from ...support.pictures import open_picture
from ...support.scene_state import state

pytestmark = pytest.mark.core


def render(settings: ar.RenderSettings | None = None, *, resume: bool = False) -> ar.RenderResult:
    return ar.run(ar.render_animation(settings, resume=resume)).result()


def make_slow(scene: bpy.types.Scene) -> None:
    """Less than a second a frame, however many cores there are."""
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.cycles.samples = 1024
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False


def test_a_frame_list_is_rendered_and_nothing_else(scene: bpy.types.Scene, tmp_path: Path) -> None:
    result = render(ar.RenderSettings(frames="1-3, 7, 20, 30", filepath=tmp_path / "list_"))
    assert result.frames == (1, 2, 3, 7, 20, 30)
    assert sorted(file.name for file in tmp_path.glob("list_*")) == [file.name for file in result.files]


def test_a_disk_that_becomes_full_ends_the_render_at_once(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.resolution_x, scene.render.resolution_y = 128, 128
    scene.render.image_settings.file_format = "BMP"  # 48 KiB each
    before = state(scene)
    with mounted(tmp_path / "disk", options=b"size=256k") as disk:
        with pytest.raises(ar.RenderError, match="the disk is full: free some space") as caught:
            render(ar.RenderSettings(filepath=disk / "a_", frame_end=500))
        files = caught.value.files
        assert [file.name for file in files] == [f"a_{frame:04}.bmp" for frame in range(1, len(files) + 1)]
        assert 0 < len(files) < 6
        assert len(list(disk.iterdir())) < 10
        assert all(find_damage(file) is None for file in files)
    assert state(scene) == before


@pytest.mark.slow
def test_a_movie_on_a_disk_that_becomes_full_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.resolution_x, scene.render.resolution_y = 128, 128
    with mounted(tmp_path / "disk", options=b"size=64k") as disk:
        settings = ar.RenderSettings(file_format="FFMPEG", container="MKV", video_codec="FFV1", audio_codec="NONE")
        with pytest.raises(ar.RenderError, match="the disk is full: free some space") as caught:
            render(settings.replace(filepath=disk / "film_", frame_end=1000))
        assert len(caught.value.frames) < 100
        assert [file.name for file in disk.iterdir()] == ["film_0001-1000.partial.mkv"]


@pytest.mark.slow
def test_coroutines_go_on_within_a_frame(scene: bpy.types.Scene) -> None:
    make_slow(scene)

    async def longest_pause() -> float:
        pause, last = 0.0, perf_counter()
        rendering = asyncio.create_task(ar.render_animation(ar.RenderSettings(frame_end=1)))
        while not rendering.done():
            await asyncio.sleep(0.01)
            pause, last = max(pause, perf_counter() - last), perf_counter()
        result = await rendering
        return pause / result.seconds

    assert ar.run(longest_pause()).result() < 0.5


def test_a_cancelled_render_ends_with_its_frame(scene: bpy.types.Scene, tmp_path: Path) -> None:
    make_slow(scene)
    before = state(scene)

    async def cancelled() -> None:
        async with asyncio.timeout(0.1):
            await ar.render_animation(ar.RenderSettings(frame_end=50))

    with pytest.raises(TimeoutError):
        ar.run(cancelled())
    assert state(scene) == before
    assert len(list(tmp_path.iterdir())) <= 1


def test_a_cancelled_render_ends_in_the_middle_of_a_frame(scene: bpy.types.Scene, tmp_path: Path) -> None:
    make_slow(scene)
    names = [item.name for kind in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes) for item in kind]
    settings = ar.RenderSettings(samples=1_000_000)  # ten minutes a frame

    async def cancelled() -> bool:
        async with ar.render_frames(settings) as frames:
            while not frames.progress.sample:
                await asyncio.sleep(0.05)
        return frames.result is None

    assert ar.run(cancelled()).result()
    assert list(tmp_path.iterdir()) == []
    assert [i.name for kind in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes) for i in kind] == names
    assert render(ar.RenderSettings(samples=1, frame_end=2)).frames == (1, 2)


def test_computers_that_share_a_folder_leave_each_others_frames_alone(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """Another one has frame 3: its placeholder is an empty file."""

    def begin_elsewhere(*_: object) -> None:
        (tmp_path / "scene_0003.png").touch()

    bpy.app.handlers.render_init.append(begin_elsewhere)
    try:
        result = render(ar.RenderSettings(frame_end=5, use_overwrite=False, use_placeholder=True))
    finally:
        bpy.app.handlers.render_init.remove(begin_elsewhere)
    assert (result.frames, result.skipped) == ((1, 2, 4, 5), (3,))
    assert [file.name for file in result.files] == [f"scene_000{frame}.png" for frame in (1, 2, 4, 5)]
    assert (tmp_path / "scene_0003.png").stat().st_size == 0


def test_whoever_never_asks_for_frames_learns_that_the_render_has_failed(scene: bpy.types.Scene) -> None:
    async def wait_for_result() -> None:
        async with ar.render_frames(ar.RenderSettings(camera="Nope")):
            before = len(failures())
            while len(failures()) == before:
                await asyncio.sleep(0.01)

    def failures() -> list[ar.Activity]:
        return [item for item in activities if item.state is ar.State.FAILED and "Nope" in str(item.error)]

    with pytest.raises(ar.RenderError, match="camera='Nope'"):
        ar.run(wait_for_result())


def test_a_movie_that_no_encoder_can_write_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """A WebM takes no MPEG-4; Blender calls no handler then."""
    (tmp_path / "film.webm").write_text("the old one")
    settings = ar.RenderSettings(file_format="FFMPEG", container="WEBM", video_codec="MPEG4")
    with pytest.raises(ar.RenderError):
        render(settings.replace(filepath=tmp_path / "film.webm"))
    assert [file.name for file in tmp_path.iterdir()] == ["film.webm"]
    assert (tmp_path / "film.webm").read_text() == "the old one"


def test_frames_come_as_they_are_written(scene: bpy.types.Scene, tmp_path: Path) -> None:
    async def frames() -> list[tuple[int, bool, int]]:
        async with ar.render_frames() as frames:
            came = [(frame.number, frame.path.exists(), len(list(tmp_path.iterdir()))) async for frame in frames]
        assert frames.result is not None
        assert frames.result.frames == (1, 2, 3)
        return came

    assert ar.run(frames()).result() == [(1, True, 1), (2, True, 2), (3, True, 3)]


def test_leaving_the_frames_early_cancels_the_render(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_end = 200

    async def first() -> int:
        async with ar.render_frames() as frames:
            return (await anext(frames)).number

    assert ar.run(first()).result() == 1
    assert len(list(tmp_path.iterdir())) < 10


@pytest.mark.slow
def test_samples_and_eta_are_told_within_a_frame(scene: bpy.types.Scene) -> None:
    make_slow(scene)

    async def told() -> int | None:
        async with ar.render_frames(ar.RenderSettings(frame_end=2, samples=20_000)) as frames:
            while not frames.progress.samples or frames.progress.eta is None:
                await asyncio.sleep(0.02)
            return frames.progress.samples

    assert ar.run(told()).result() == 20_000


def test_resume_renders_what_is_missing_or_damaged(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_end = 4
    first = render()
    whole = first.files[0].stat().st_mtime_ns
    first.files[1].unlink()
    data = first.files[2].read_bytes()
    first.files[2].write_bytes(data[: len(data) // 2])
    result = render(resume=True)
    assert (result.frames, result.skipped) == ((2, 3), (1, 4))
    assert first.files[0].stat().st_mtime_ns == whole
    assert open_picture(first.files[2]).size == (32, 18)


def test_resume_of_a_finished_render_renders_nothing(scene: bpy.types.Scene) -> None:
    render()
    result = render(resume=True)
    assert (result.frames, result.files, result.skipped) == ((), (), (1, 2, 3))


def test_resume_renders_damaged_frames_though_the_scene_does_not_overwrite(scene: bpy.types.Scene) -> None:
    result = render()
    result.files[1].write_bytes(b"")
    scene.render.use_overwrite = False
    assert render(resume=True).frames == (2,)
    assert scene.render.use_overwrite is False


def test_frames_that_the_scene_does_not_overwrite_are_told(scene: bpy.types.Scene) -> None:
    first = render()
    first.files[1].unlink()
    scene.render.use_overwrite = False
    result = render()
    assert (result.frames, result.skipped) == ((2,), (1, 3))


def test_a_movie_cannot_be_resumed(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(ar.RenderError, match="resume=True: a movie cannot be resumed"):
        render(ar.RenderSettings(file_format="FFMPEG", filepath=tmp_path / "movie"), resume=True)


def test_a_movie_of_frames_with_gaps_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(ar.RenderError, match="has gaps; a movie is one range of frames"):
        render(ar.RenderSettings(file_format="FFMPEG", frames="1, 2, 9", filepath=tmp_path / "movie"))


@pytest.mark.slow
def test_a_cancelled_movie_leaves_the_one_that_was_there(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = ar.RenderSettings(file_format="FFMPEG", filepath=tmp_path / "{{movie}}_")
    (movie,) = render(settings).files
    before = movie.read_bytes()
    make_slow(scene)

    async def cancelled() -> None:
        async with ar.render_frames(settings) as frames:
            await anext(frames)

    ar.run(cancelled())
    assert movie.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} <= {movie.name, f"{movie.stem}.partial{movie.suffix}"}


def test_an_engine_that_reports_an_error_is_told_in_its_own_words(scene: bpy.types.Scene) -> None:
    class Broken(bpy.types.RenderEngine):
        bl_idname, bl_label = "BROKEN", "Broken"

        def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]
            self.report({"ERROR"}, "out of coffee")

    bpy.utils.register_class(Broken)
    try:
        with pytest.raises(ar.RenderError, match="failed after 0 of 3 frames: out of coffee"):
            render(ar.RenderSettings(engine="BROKEN"))
    finally:
        bpy.utils.unregister_class(Broken)


def test_a_handler_of_somebody_else_that_raises_harms_nothing(scene: bpy.types.Scene) -> None:
    def broken(*_: object) -> None:
        raise ValueError("not ours")

    bpy.app.handlers.render_pre.append(broken)
    try:
        assert render().frames == (1, 2, 3)
    finally:
        bpy.app.handlers.render_pre.remove(broken)


@pytest.mark.parametrize(
    "cleared", [("render_write",), ("render_pre", "render_write", "render_stats", "render_complete", "render_cancel")]
)
def test_frames_that_no_handler_told_of_are_looked_for_on_disk(
    scene: bpy.types.Scene, tmp_path: Path, cleared: tuple[str, ...]
) -> None:
    scene.frame_end = 4

    def clear(*_: object) -> None:
        if scene.frame_current == 2:
            for name in cleared:
                getattr(bpy.app.handlers, name).clear()

    bpy.app.handlers.frame_change_post.append(clear)
    try:
        result = ar.run(ar.render_animation()).result()
        assert result.frames == (1, 2, 3, 4)
        assert [file.name for file in result.files] == [f"scene_000{frame}.png" for frame in result.frames]
        (tmp_path / "scene_0003.png").unlink()
        (tmp_path / "scene_0003.png").symlink_to("/dev/full")
        with pytest.raises(ar.RenderError if len(cleared) > 1 else ar.OutputError):
            ar.run(ar.render_animation())
    finally:
        bpy.app.handlers.frame_change_post.remove(clear)


def test_a_driver_whose_script_fails_harms_nothing(scene: bpy.types.Scene) -> None:
    assert scene.camera is not None
    scene.camera.driver_add("location", 0).driver.expression = "1 / 0"
    assert render().frames == (1, 2, 3)


def test_a_camera_that_is_deleted_at_the_end_is_no_obstacle_to_giving_settings_back(
    scene: bpy.types.Scene,
) -> None:
    """Any earlier, in `render_write`, Blender 5.2 crashes by itself."""
    scene.collection.objects.link(bpy.data.objects.new("Other", bpy.data.cameras.new("Other")))

    def delete(*_: object) -> None:
        bpy.data.objects.remove(bpy.data.objects["Camera"])

    bpy.app.handlers.render_complete.append(delete)
    try:
        assert render(ar.RenderSettings(camera="Other", resolution_x=16)).frames == (1, 2, 3)
    finally:
        bpy.app.handlers.render_complete.remove(delete)
    assert (scene.camera, scene.render.resolution_x) == (None, 32)


def test_the_last_frame_that_blender_knows_is_rendered(scene: bpy.types.Scene) -> None:
    assert render(ar.RenderSettings(frame_start=1048574, frame_end=1048574)).frames == (1048574,)


def test_a_scene_that_is_renamed_while_it_waits_is_rendered(scene: bpy.types.Scene) -> None:
    async def rename() -> ar.RenderResult:
        first = asyncio.create_task(ar.render_animation())
        second = asyncio.create_task(ar.render_animation(ar.RenderSettings(frame_end=1)))
        await asyncio.sleep(0)
        scene.name = "Renamed"
        await first
        return await second

    assert ar.run(rename()).result().frames == (1,)


def test_a_scene_that_is_deleted_while_it_waits_is_an_error_that_names_it(scene: bpy.types.Scene) -> None:
    doomed = bpy.data.scenes.new("Doomed")
    doomed.camera = scene.camera

    async def delete() -> None:
        first = asyncio.create_task(ar.render_animation())
        second = asyncio.create_task(ar.render_animation(ar.RenderSettings(scene="Doomed")))
        await asyncio.sleep(0)
        bpy.data.scenes.remove(doomed)
        await first
        await second

    with pytest.raises(ar.RenderError, match="scene='Doomed' is gone"):
        ar.run(delete())
