"""Calls as people type them: fields as keywords, and what a wrong call says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera


def test_fields_are_taken_as_keywords_alone_and_on_top_of_settings(scene: bpy.types.Scene, tmp_path: Path) -> None:
    top = add_camera(scene, "Top")

    async def main() -> list[ar.RenderResult]:
        alone = await ar.render_animation(filepath=f"{tmp_path}/{{camera}}_####", camera=top, frame_end=2)
        draft = ar.RenderSettings(filepath=f"{tmp_path}/a_####", frame_end=2)
        on_top = await ar.render_animation(draft, filepath=f"{tmp_path}/b_####")
        still = await ar.render_still(draft, frame=2, filepath=f"{tmp_path}/still")
        async with ar.render_frames(draft, frame_end=1) as frames:
            assert [frame.number async for frame in frames] == [1]
        assert frames.result is not None
        return [alone, on_top, still, frames.result]

    names = [[file.name for file in result.files] for result in ar.run(main()).result()]
    assert names == [["Top_0001.png", "Top_0002.png"], ["b_0001.png", "b_0002.png"], ["still.png"], ["a_0001.png"]]
    assert scene.frame_end == 3


def test_all_files_has_those_that_resume_found_in_order_of_frames(scene: bpy.types.Scene, tmp_path: Path) -> None:
    path = f"{tmp_path}/r_####"
    middle = ar.run(ar.render_animation(filepath=path, frames=[2])).result()
    result = ar.run(ar.render_animation(filepath=path, resume=True)).result()
    assert (result.frames, result.skipped) == ((1, 3), (2,))
    assert [file.name for file in result.all_files] == ["r_0001.png", "r_0002.png", "r_0003.png"]
    assert middle.all_files == middle.files
    assert "skipped=(2,)" in repr(result)


def test_pixels_come_in_a_result_that_has_them(scene: bpy.types.Scene) -> None:
    picture = ar.run(ar.render_still(pixels=True, write=False)).result()
    assert isinstance(picture, ar.StillWithPixels)
    assert (picture.pixels.width, picture.pixels.height) == (32, 18)
    assert not isinstance(ar.run(ar.render_still(write=False)).result(), ar.StillWithPixels)


def test_while_a_render_waits_its_progress_has_no_frames_and_no_eta(scene: bpy.types.Scene) -> None:
    async def main() -> None:
        async with ar.render_frames() as frames:
            assert (list(frames.progress.frames), frames.progress.eta) == ([], None)
            assert [frame.number async for frame in frames] == [1, 2, 3]
        assert (list(frames.progress.frames), frames.progress.eta) == ([1, 2, 3], 0.0)

    ar.run(main())


def awaited(name: str, *arguments: Any, **keywords: Any) -> Any:
    async def call() -> Any:
        return await getattr(ar, name)(*arguments, **keywords)

    return ar.run(call()).result()


@pytest.mark.parametrize("name", ["render_animation", "render_still", "render_frames", "operator"])
def test_a_call_of_something_else_says_what_to_write(name: str, scene: bpy.types.Scene) -> None:
    wrong: dict[str, tuple[Any, str]] = {
        "operator": ("object.bake", "function='object.bake' is no operator; write bpy.ops.object.bake"),
    }
    argument, message = wrong.get(name, ("//x", "settings='//x' is of the type str; write filepath='//x'"))
    with pytest.raises(TypeError) as caught:
        awaited(name, argument)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("OBJECT_OT_bake", "write bpy.ops.object.bake, without brackets"),
        ({"FINISHED"}, "function={'FINISHED'} is no operator; write bpy.ops.object.bake, without brackets"),
    ],
)
def test_what_is_no_operator_is_shown_how_to_write_one(function: Any, message: str, scene: bpy.types.Scene) -> None:
    with pytest.raises(TypeError) as caught:
        awaited("operator", function)
    assert message in str(caught.value)


def test_a_frame_that_is_a_text_is_blamed_on_frame(scene: bpy.types.Scene) -> None:
    with pytest.raises(TypeError, match="frame='12' is not a number; write for example 12"):
        awaited("render_still", frame="12")
    with pytest.raises(ValueError, match="frame_end=2: a still has one frame"):
        awaited("render_still", frame_end=2)


def test_frames_without_their_block_say_what_to_write(scene: bpy.types.Scene) -> None:
    block: Any = ar.render_frames()

    async def iterate() -> None:
        async for _ in block:
            raise AssertionError

    def enter() -> None:
        with block:
            raise AssertionError

    async def wait() -> None:
        await block

    for attempt in (lambda: ar.run(iterate()), enter, lambda: ar.run(wait())):
        with pytest.raises(TypeError, match=r"write 'async with ar\.render_frames"):
            attempt()


def test_a_block_that_raises_cancels_its_render_and_raises_the_same(scene: bpy.types.Scene) -> None:
    async def main() -> None:
        async with ar.render_frames() as frames:
            await anext(aiter(frames))
            raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        ar.run(main())
    assert asyncio.run(asyncio.sleep(0, "another loop")) == "another loop"


def test_an_operator_takes_a_datablock_for_its_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    other = bpy.data.scenes.new("Other")
    other.world, other.camera = scene.world, add_camera(other, "Other Camera")
    other.render.engine = scene.render.engine  # a new scene has EEVEE, which needs OpenGL
    other.render.resolution_x = other.render.resolution_y = 8
    other.render.filepath = f"{tmp_path}/other_"
    other.frame_end = 1
    result = awaited("operator", bpy.ops.render.render, animation=True, scene=other)
    assert result.status == "FINISHED"
    assert [file.name for file in tmp_path.iterdir()] == ["other_0001.png"]
    with pytest.raises(ar.OperatorError, match="FLUID_OT_bake_all cannot run"):
        awaited("bake_physics", scene.camera)
