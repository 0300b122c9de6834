"""`ar.run` where there is no window."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render.render.activity import Kind, State, activities

from ...support.checkout import EXAMPLES
from ...support.pictures import assert_segments_rendered

pytestmark = pytest.mark.core

EXAMPLE = EXAMPLES / "render_segments.py"


def test_it_returns_the_finished_task() -> None:
    task = ar.run(asyncio.sleep(0, "done"))
    assert isinstance(task, asyncio.Task)
    assert task.result() == "done"


def test_it_raises_what_the_coroutine_raised() -> None:
    async def fail() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        ar.run(fail())


def test_inside_a_coroutine_it_is_a_clear_error() -> None:
    async def nested() -> None:
        ar.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match=r"write 'await main\(\)' there"):
        ar.run(nested())


def test_a_forgotten_await_is_a_warning_with_its_line(scene: bpy.types.Scene) -> None:
    async def main() -> None:
        ar.render_animation()  # type: ignore[unused-coroutine]
        await asyncio.sleep(0)

    with pytest.warns(RuntimeWarning, match="'render_animation' was never awaited; write 'await' before it") as shown:
        ar.run(main())
    assert [(item.filename, item.lineno) for item in shown] == [(__file__, main.__code__.co_firstlineno + 1)]


def test_a_function_instead_of_a_coroutine_is_a_clear_error() -> None:
    async def main() -> None: ...

    with pytest.raises(TypeError, match=r"write ar\.run\(main\(\)\)"):
        ar.run(main)  # type: ignore[arg-type]


def test_what_is_left_running_is_cancelled() -> None:
    ended: list[str] = []

    async def background() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("background")

    async def main() -> None:
        ar.create_task(background())
        await asyncio.sleep(0)

    ar.run(main())
    assert ended == ["background"]


def test_no_timer_is_left(scene: bpy.types.Scene) -> None:
    from async_render.blender.host.host import _turn

    ar.run(ar.render_animation())
    assert not bpy.app.timers.is_registered(_turn)


def test_the_example_leaves_pictures_of_all_its_segments(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, EXAMPLE], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert_segments_rendered(tmp_path / "out")


def test_a_script_that_fails_ends_the_process_with_its_traceback(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import async_render as ar\nar.run(ar.render_animation(ar.RenderSettings(camera='Nope')))  # mine\n"
    )
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "line 2" in ended.stderr
    assert "# mine" in ended.stderr
    assert "RenderError: camera='Nope' is not in the scene 'Scene'" in ended.stderr


def test_a_script_that_the_user_ended_is_cancelled_and_raises_it() -> None:
    async def main() -> None:
        raise ar.RenderCancelled("Esc was pressed", reason="ESC")

    activities.forget_ended()
    with pytest.raises(ar.RenderCancelled):
        ar.run(main())
    assert [(activity.state, activity.error) for activity in activities] == [(State.CANCELLED, None)]


class Big:
    """Stands for the 50 MB that a script's function holds."""


def test_what_failed_is_kept_as_text_with_the_users_line_and_without_its_locals(scene: bpy.types.Scene) -> None:
    kept: list[weakref.ref[Big]] = []

    async def main() -> None:
        big = Big()
        kept.append(weakref.ref(big))
        await ar.render_animation(ar.RenderSettings(camera="Nope"))  # mine

    activities.forget_ended()
    with pytest.raises(ar.RenderError):
        ar.run(main())
    gc.collect()
    assert [reference() for reference in kept] == [None]
    line = main.__code__.co_firstlineno + 3
    for activity in activities:
        assert activity.state is State.FAILED
        assert activity.error is not None
        assert "camera='Nope'" in str(activity.error)
        assert f'File "{__file__}", line {line}, in main' in activity.error.text
        assert "# mine" in activity.error.text
        assert (__file__, line) in activity.error.places
    assert [activity.kind for activity in activities] == [Kind.SCRIPT, Kind.RENDER]


def test_an_error_that_the_script_has_caught_is_kept_with_the_users_line_too(scene: bpy.types.Scene) -> None:
    async def render() -> None:
        await ar.render_animation(ar.RenderSettings(camera="Nope"))

    async def main() -> None:
        with pytest.raises(ar.RenderError):
            await render()  # mine

    activities.forget_ended()
    ar.run(main())
    (failed,) = [activity for activity in activities if activity.error is not None]
    assert failed.error is not None
    text = failed.error.text
    assert text.index("# mine") < text.index("in render\n") < text.index("camera='Nope'")
    assert "run_forever" not in text
