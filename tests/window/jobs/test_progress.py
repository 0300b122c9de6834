"""How far a frame is, in the window."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")

ONE_THREAD = "bpy.context.scene.render.threads_mode, bpy.context.scene.render.threads = 'FIXED', 1"
"""What lets a render last for some looks at it, and takes one core for that."""


def test_samples_are_heard_now_and_then_and_cost_nothing_in_between(window: Window) -> None:
    """Each call of `render_stats` makes the render wait for Python's lock, up to a hundred times a frame."""
    make_segments_file(window)
    remember_state(window)
    window.run_file(SCRIPTS / "hear_samples.py")
    window.exec("task = ar.run(hear_samples())")
    window.wait_until("task.done()", timeout=120)
    assert window.eval("task.exception()") is None
    # In windows of 4.x Blender calls the handler once for each frame, and tells no samples.
    is_told = window.eval("any('256' in text for text in heard)")
    assert is_told or window.eval("bpy.app.version < (5, 0)")
    assert (window.eval("len(seen)") > 2) == is_told
    listening: list[int] = window.eval("listening")
    pauses = list(pairwise(listening)).count((1, 0))
    assert 0 < pauses <= window.eval("seconds / render_job.FRAME_INTERVAL + 1")
    assert_state_is_back(window)


def test_samples_are_not_heard_while_the_render_result_is_shown(window: Window) -> None:
    """5.2 hangs when a handler of `render_stats` is called while the editor draws the picture for the first time."""
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.wait_until("bpy.context.screen.name == 'Rendering'")
    window.exec(ONE_THREAD)
    window.run_file(SCRIPTS / "count_listeners.py")
    window.exec("task = ar.run(count_listeners())")
    window.wait_until("task.done()")
    assert window.eval("task.result().frames") == [1, 2, 3, 4, 5, 6]
    assert window.eval("len(counts) > 20")
    assert window.eval("max(counts)") == 0


def test_it_is_told_how_far_a_frame_is_while_the_render_result_is_shown(window: Window) -> None:
    """What the status bar shows; that of the frame before stands there until the next one has something to tell."""
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.wait_until("bpy.context.screen.name == 'Rendering'")
    window.run_file(SCRIPTS / "fractions.py")
    window.exec("task = ar.run(render_fractions())")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    for told in window.eval("list(told.values())"):
        assert told == sorted(told)
        assert {0.0, 0.5} <= set(told) <= {0.0, 0.25, 0.5, 0.75}


THREE_TURNS = "[host.get_host().turn() for _ in range(3)]"


def test_a_loop_with_nothing_to_do_rests_while_blender_renders(window: Window) -> None:
    make_segments_file(window)
    window.exec("import asyncio; import async_render as ar; from async_render.blender.host import host, pace")
    window.exec("sleeping = ar.run(asyncio.sleep(300))")
    assert three_turns(window)[1:] == [0.0, 0.0]  # while nothing renders it is asked in every turn
    window.exec(
        "task = ar.run(ar.render_animation(ar.RenderSettings(frame_end=1, samples=4096, resolution_percentage=1000)))"
    )
    window.wait_until("bpy.app.is_job_running('RENDER')")
    # From the first look on: until then the render may be over at any time.
    assert 0.0 < window.wait_until(f"max({THREE_TURNS}[1:])") <= window.eval("pace.REST")
    near = "setattr(host.get_host().pace, 'render_end_expected', 0.0)"
    assert window.eval(f"[{near} or host.get_host().turn() for _ in range(3)]")[1:] == [0.0, 0.0]  # no turn is missed
    window.exec("task.cancel()")
    window.wait_until("task.done()")
    assert three_turns(window)[1:] == [0.0, 0.0]


def three_turns(window: Window) -> list[float]:
    """The seconds that each lets pass until the next; the first may have had something to do."""
    return window.eval(THREE_TURNS)  # type: ignore[no-any-return]


def test_the_end_of_a_render_is_noticed_in_the_turn_in_which_its_job_goes(window: Window) -> None:
    """Blender draws its windows after that turn: to wait for the next one is to wait for the drawing."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "notice_ends.py")
    for _ in range(5):
        window.exec("late.clear(); task = ar.run(render_again_and_again(9))")
        window.exec("bpy.app.timers.register(count_late_turns)")
        window.wait_until("task.done()")
        late = median(window.eval("late"))
        if late == 0:
            break
    # Not each, and not at all times: on a busy machine a render may end before it is expected.
    assert late == 0


@pytest.mark.factory_layout
@pytest.mark.slow
def test_a_viewport_that_draws_the_settings_does_not_hold_the_window_up_for_each_frame_of_eevee(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")  # its viewport is quickly drawn
    window.settle()
    window.run_file(SCRIPTS / "draw_and_render.py")
    window.exec("task = ar.run(render_twice())")
    window.wait_until("task.done()", timeout=400)
    assert window.eval("task.exception()") is None
    drawings, turns = window.eval("(len(drawings), len(turns))")
    print(f"{drawings} drawings of the viewport in {turns} turns, 16 frames")
    assert drawings <= 2
    assert turns > 3 * 16
    assert window.quit() == 0
