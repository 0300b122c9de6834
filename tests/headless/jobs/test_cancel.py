"""A cancelled render on the `bpy` module: it ends at once, and nothing of it is left in Blender's context."""

from __future__ import annotations

import asyncio
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera
from ...support.processes import run_script

pytestmark = pytest.mark.core

SCRIPTS = Path(__file__).with_name("scripts")
MEMBERS = ("window", "screen", "workspace", "area", "region", "scene", "view_layer", "mode")


@pytest.fixture
def slow(scene: bpy.types.Scene) -> bpy.types.Scene:
    """A scene of a hundred frames that take ten minutes each."""
    scene.render.resolution_x, scene.render.resolution_y = (
        640,
        360,
    )  # the first samples of a small picture come in long batches
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.cycles.samples = 1_000_000
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.frame_end = 100
    return scene


def context() -> dict[str, Any]:
    return {name: getattr(bpy.context, name) for name in MEMBERS}


async def until_it_renders() -> None:
    while not [render for render in ar.queue() if render.frame is not None]:
        await asyncio.sleep(0.01)


async def cancel_one() -> None:
    render = asyncio.create_task(ar.render_animation())
    await until_it_renders()
    render.cancel()
    await asyncio.wait([render])
    assert render.cancelled()


def test_the_context_is_as_before_after_each_cancel(slow: bpy.types.Scene) -> None:
    before = context()
    assert before["window"] is not None

    async def cancel_twice() -> None:
        for _ in range(2):
            await cancel_one()
            assert context() == before

    ar.run(cancel_twice())
    assert context() == before


def test_an_area_that_a_script_has_chosen_stays_chosen(slow: bpy.types.Scene) -> None:
    window: Any = bpy.context.window
    area = window.screen.areas[0]

    async def cancel_in_an_area() -> None:
        with bpy.context.temp_override(window=window, area=area, region=area.regions[0]):
            before = context()
            await cancel_one()
            assert context() == before

    ar.run(cancel_in_an_area())


def test_the_next_render_takes_the_scene_that_the_script_has_shown(slow: bpy.types.Scene, tmp_path: Path) -> None:
    other = bpy.data.scenes.new("Other")
    other.camera = add_camera(other, "Other")
    other.render.engine, other.cycles.samples, other.frame_end = "CYCLES", 1, 1
    other.render.resolution_x, other.render.resolution_y = 32, 18
    other.render.filepath = f"{tmp_path}/other_"

    async def cancel_and_render_another() -> ar.RenderResult:
        await cancel_one()
        window: Any = bpy.context.window_manager.windows[0]
        window.scene = other
        return await ar.render_animation()

    result = ar.run(cancel_and_render_another()).result()
    assert [file.name for file in result.files] == ["other_0001.png"]
    assert [file.name for file in tmp_path.iterdir()] == ["other_0001.png"]


def start_and_leave(render: list[asyncio.Task[Any]], error: BaseException | None) -> Any:
    async def main() -> None:
        render.append(asyncio.create_task(ar.render_animation()))
        await until_it_renders()
        if error is not None:
            raise error

    return main()


def test_a_render_is_cancelled_within_its_frame_when_the_script_returns(slow: bpy.types.Scene, tmp_path: Path) -> None:
    render: list[asyncio.Task[Any]] = []
    ar.run(start_and_leave(render, None))
    assert render[0].cancelled()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [ValueError("mine"), SystemExit(3), KeyboardInterrupt()], ids=lambda e: type(e).__name__
)
def test_a_render_is_cancelled_within_its_frame_when_the_script_raises(
    slow: bpy.types.Scene, tmp_path: Path, error: BaseException
) -> None:
    render: list[asyncio.Task[Any]] = []
    with pytest.raises(type(error)) as caught:
        ar.run(start_and_leave(render, error))
    assert caught.value is error
    assert render[0].cancelled()
    assert list(tmp_path.iterdir()) == []
    assert slow.render.filepath == f"{tmp_path}/scene_"


def test_a_render_of_short_frames_is_cancelled_when_the_script_returns(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_end = 1000
    render: list[asyncio.Task[Any]] = []

    async def main() -> None:
        render.append(asyncio.create_task(ar.render_animation()))
        while not list(tmp_path.iterdir()):
            await asyncio.sleep(0)

    ar.run(main())
    assert render[0].cancelled()
    assert len(list(tmp_path.iterdir())) < 10


async def until_a_frame_begins() -> None:
    begun: list[bool] = []

    def note(*_: object) -> None:
        begun.append(True)

    bpy.app.handlers.render_pre.append(note)
    try:
        while not begun:
            await asyncio.sleep(0.01)
    finally:
        bpy.app.handlers.render_pre.remove(note)


@pytest.mark.parametrize("how", ["cancel", "return", "raise"])
def test_a_render_by_its_operator_is_cancelled_within_its_frame(
    slow: bpy.types.Scene, tmp_path: Path, how: str
) -> None:
    render: list[asyncio.Task[Any]] = []

    async def main() -> None:
        render.append(asyncio.create_task(ar.operator(bpy.ops.render.render, animation=True, scene=slow.name)))
        await until_a_frame_begins()
        if how == "raise":
            raise ValueError("mine")
        if how == "cancel":
            render[0].cancel()
            await asyncio.wait(render)
            assert bpy.context.window is not None
            slow.cycles.samples, slow.frame_end = 1, 2
            assert (await ar.operator(bpy.ops.render.render, animation=True)).status == "FINISHED"

    with pytest.raises(ValueError, match="mine") if how == "raise" else nullcontext():
        ar.run(main())
    assert render[0].cancelled()
    assert len(list(tmp_path.iterdir())) == (2 if how == "cancel" else 0)


def test_a_render_of_short_frames_by_its_operator_is_cancelled_between_them(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.frame_end = 1000

    async def main() -> None:
        async with asyncio.timeout(0.5):
            await ar.operator(bpy.ops.render.render, animation=True)

    with pytest.raises(TimeoutError):
        ar.run(main())
    assert len(list(tmp_path.iterdir())) < 900


def test_a_script_may_cancel_all_other_tasks_and_wait_for_them(slow: bpy.types.Scene) -> None:
    """None of ours is among them that would wait for the script itself."""

    async def main() -> bool:
        render = asyncio.create_task(ar.render_animation())
        await until_it_renders()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return render.cancelled()

    assert ar.run(main()).result()


@pytest.mark.parametrize("presses", ["once", "twice"])
def test_ctrl_c_ends_the_render_of_another_task(tmp_path: Path, presses: str) -> None:
    (tmp_path / "out").mkdir()
    ended = run_script(SCRIPTS / "ctrl_c.py", tmp_path / "out", presses, timeout=60)
    assert "the render is cancelled" in ended.stdout
    assert "its settings are back: True" in ended.stdout
    assert "KeyboardInterrupt" in ended.stderr
    assert ended.returncode in {-signal.SIGINT, 130}
    assert list((tmp_path / "out").iterdir()) == []
