"""Fake renders: a script's calls are recorded, and answered with true result types."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render import render_still
from async_render.render.segments import segments_between
from async_render.testing import FakeRenders, fake_renders


@pytest.fixture
def renders() -> Any:
    with fake_renders() as renders:
        yield renders


async def deliver(*cameras: str) -> list[tuple[Path, ...]]:
    """A script as people write it."""
    results = [await ar.render_animation(camera=camera, filepath=f"/out/{camera}_####") for camera in cameras]
    return [result.files for result in results]


def test_calls_are_recorded_and_answered(renders: FakeRenders) -> None:
    files = asyncio.run(deliver("Front", "Top"))
    assert [(call.name, call.settings.camera) for call in renders.calls] == [
        ("render_animation", "Front"),
        ("render_animation", "Top"),
    ]
    assert files[0] == (Path("/out/Front_0001.png"), Path("/out/Front_0002.png"), Path("/out/Front_0003.png"))
    assert [call.state for call in renders.calls] == [ar.State.FINISHED, ar.State.FINISHED]
    assert renders.calls[0].arguments == {"resume": False}


async def test_results_have_the_types_and_values_of_real_ones(renders: FakeRenders) -> None:
    animation = await ar.render_animation(frames="1-10, ^4-9", filepath="//{scene}/{camera}_")
    assert isinstance(animation, ar.RenderResult)
    assert animation.frames == (1, 2, 3, 10)
    assert animation.files[-1] == Path.cwd() / "Scene" / "Camera_0010.png"
    still = await ar.render_still(frame=12.5, pixels=True, resolution_x=8, resolution_y=4, filepath="//still")
    assert isinstance(still, ar.StillWithPixels)
    assert (still.frames, still.subframe, still.pixels.width, len(still.pixels.values)) == ((12,), 0.5, 8, 128)
    assert still.files == (Path.cwd() / "still.png",)
    assert (await ar.render_still(write=False)).files == ()
    movie = await ar.render_viewport(file_format="FFMPEG", container="MKV", filepath="//m_")
    assert movie.files == (Path.cwd() / "m_0001-0003.mkv",)
    encoded = await ar.encode(["a.png", "b.png"], filepath="//film_", file_format="FFMPEG", container="MKV")
    assert encoded.files == (Path.cwd() / "film_0001-0002.mkv",)
    assert (await ar.bake("NORMAL")).status == "FINISHED"
    assert await ar.mixdown("//sound.flac") == Path.cwd() / "sound.flac"
    await ar.open_file("//other.blend")
    await ar.job_done("RENDER")


async def test_frames_come_one_after_the_other(renders: FakeRenders) -> None:
    async with ar.render_frames(filepath="/out/####", frame_end=2) as frames:
        seen = [(frame.number, frame.path.name, len(frames.progress.done)) async for frame in frames]
    assert [item[:2] for item in seen] == [(1, "0001.png"), (2, "0002.png")]
    assert frames.result is not None
    assert frames.result.frames == (1, 2)


async def test_errors_are_ordered_for_the_next_call_or_for_those_that_fit(renders: FakeRenders) -> None:
    renders.answer(ar.RenderError("the disk is full"))
    renders.answer(ar.RenderCancelled("by Esc", reason="ESC"), when=lambda call: call.settings.camera == "Top")
    renders.answer(ar.OperatorError("no UV map"), when="bake", times=None)
    with pytest.raises(ar.RenderError, match="disk"):
        await ar.render_animation(camera="Front")
    await ar.render_animation(camera="Front")
    with pytest.raises(ar.RenderCancelled):
        await ar.render_still(camera="Top")
    await ar.render_still(camera="Top")
    for _ in range(2):
        with pytest.raises(ar.OperatorError):
            await ar.bake()
    states = [call.state.value for call in renders.calls]
    assert states == ["failed", "finished", "failed", "finished", "failed", "failed"]
    assert str(renders.calls[0].error) == "the disk is full"


async def test_a_function_answers_too_and_results_are_given_as_they_are(renders: FakeRenders) -> None:
    result = ar.RenderResult((7,), (Path("/x.png"),), 1.0, skipped=(6,))

    async def slow(call: Any) -> ar.RenderResult:
        await asyncio.sleep(0)
        return result

    renders.answer(result)
    renders.answer(slow)
    assert await ar.render_animation() is result
    assert await ar.render_animation() is result


async def test_an_error_in_the_middle_of_frames_gives_out_those_before_it(renders: FakeRenders) -> None:
    renders.answer(ar.OutputError("broken", damaged={Path("/b"): "is empty"}, frames=[1], files=[Path("/a")]))
    numbers = []

    async def follow() -> None:
        async with ar.render_frames() as frames:
            numbers.extend([frame.number async for frame in frames])

    with pytest.raises(ar.OutputError):
        await follow()
    assert numbers == [1]


async def test_a_call_that_waits_for_an_event_can_be_cancelled_or_time_out(renders: FakeRenders) -> None:
    never = asyncio.Event()
    renders.answer(after=never, times=None)
    task = asyncio.ensure_future(deliver("Front"))
    call = await renders.next_call()
    while call.state is not ar.State.RUNNING:
        await asyncio.sleep(0)
    assert [activity.state for activity in ar.queue()] == [ar.State.RUNNING]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert call.state.value == "cancelled"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await deliver("Top")
    never.set()
    assert await deliver("Side")


async def test_renders_run_one_at_a_time_as_in_blender(renders: FakeRenders) -> None:
    first_may_end = asyncio.Event()
    renders.answer(after=first_may_end)
    both = asyncio.gather(ar.render_animation(segment="A"), ar.render_animation(segment="B"))
    first, second = await renders.next_call(), await renders.next_call()
    while first.state is ar.State.QUEUED:
        await asyncio.sleep(0)
    assert [(item.name, item.state.value) for item in ar.queue()] == [("A", "running"), ("B", "queued")]
    first_may_end.set()
    await both
    assert (first.state, second.state) == (ar.State.FINISHED, ar.State.FINISHED)


def test_wrong_arguments_are_refused_as_by_the_real_functions(renders: FakeRenders) -> None:
    wrong: Any = ar
    for call, message in (
        (lambda: wrong.render_animation(camra="x"), "no field 'camra'"),
        (lambda: wrong.render_animation("//x"), "write filepath="),
        (lambda: wrong.open_file(), "missing a required argument: 'path'"),
        (lambda: wrong.bake_physics(liquid=1), "unexpected keyword argument 'liquid'"),
    ):

        async def attempt(call: Any = call) -> None:
            await call()

        with pytest.raises(TypeError, match=message):
            asyncio.run(attempt())
    with pytest.raises(ar.RenderError, match="leaves out all"):
        asyncio.run(wrong.render_animation(frames="1, ^1"))
    with pytest.raises(ar.RenderError, match="use segment"):
        asyncio.run(wrong.render_animation(filepath="//{segment}"))


def test_run_segments_threads_and_settings_of_a_scene(tmp_path: Path) -> None:
    segments = segments_between([(1, "Intro"), (5, "Chase")], 1, 9, "Film")

    async def main() -> list[str]:
        loop = ar.get_loop()
        assert await asyncio.to_thread(ar.call_in_main_thread, max, 1, 2) == 2
        task = ar.create_task(asyncio.sleep(0, loop is asyncio.get_running_loop()))
        assert await task
        return [
            (await ar.render_animation(segment.settings(filepath="//{segment}"))).files[0].name
            for segment in ar.segments()
        ]

    with fake_renders(segments=segments, folder=tmp_path) as renders:
        assert ar.run(main()).result() == ["Intro0001.png", "Chase0005.png"]
        assert ar.RenderSettings.from_scene() == ar.RenderSettings(
            scene="Scene", camera="Camera", frame_start=1, frame_end=3
        )
    assert len(renders.calls) == 2
    assert len(list(tmp_path.iterdir())) == 9
    assert (tmp_path / "Intro0001.png").read_bytes().startswith(b"\x89PNG")


def test_names_that_were_imported_are_replaced_too_and_all_is_as_before_afterwards() -> None:
    before = {name: getattr(ar, name) for name in dir(ar)}
    with fake_renders() as renders:
        asyncio.run(render_still())
        assert ar.render_still is not before["render_still"]
    assert [call.name for call in renders.calls] == ["render_still"]
    assert {name: getattr(ar, name) for name in dir(ar)} == before
    assert render_still is before["render_still"]
