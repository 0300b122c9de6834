"""A render is stopped in the middle of a frame, in the window, and nothing of it stays behind."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median

import pytest

from ...support.pictures import open_picture
from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")

CANCELS = int(os.environ.get("ASYNC_RENDER_CANCELS", "12"))
"""How often in a row; 200 by hand, before a release."""


def test_many_renders_are_cancelled_at_random_moments(window: Window) -> None:
    make_segments_file(window)
    remember_state(window)
    window.run_file(SCRIPTS / "cancel_at_random.py")
    window.exec(f"task = ar.run(cancel_again_and_again({CANCELS}, 1.5))")
    window.wait_until("task.done()", timeout=60 + 6 * CANCELS)
    assert window.eval("task.exception()") is None
    waits = window.eval("waits")
    running = sum(window.eval("alive"))
    print(f"{len(waits)} cancels, {running} with a job: median {median(waits):.2f} s, at most {max(waits):.2f} s")
    assert len(waits) == CANCELS
    assert running > 0
    assert window.eval("left") == []
    assert [file.name for file in window.folder.glob("*.png")] == ["next_0001.png"]
    assert_state_is_back(window)
    assert window.quit() == 0


@pytest.mark.factory_layout
def test_nothing_is_evaluated_anew_to_cancel_a_render(window: Window) -> None:
    """The viewports would be drawn anew, and take the time that Cycles needs for the samples that it is at."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "cancel_and_listen.py")
    window.exec("task = ar.run(cancel_and_listen())")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    assert window.eval("until_cancelled") == [[]]
    assert window.quit() == 0


def test_a_render_is_cancelled_in_another_file_and_after_an_undo(window: Window) -> None:
    file = make_segments_file(window)
    window.run_file(SCRIPTS / "cancel_after_load.py")
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    window.exec(f"task = ar.run(cancel_after_load({str(file)!r}))")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    assert window.quit() == 0
    assert "Not freed" not in window.output


def test_the_picture_that_was_seen_stays_in_the_render_result(window: Window) -> None:
    make_segments_file(window)
    seen = window.folder / "seen.png"
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.run_file(SCRIPTS / "stop_and_save.py")
    window.exec(f"task = ar.run(stop_and_save({str(seen)!r}))")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    picture = open_picture(seen).convert("RGB")
    assert picture.size == (640, 360)
    red, green, _blue = picture.resize((1, 1)).tobytes()
    assert red > green + 20
    window.settle()
    window.display.screenshot(window.folder / "stopped.png")


def test_a_failing_task_group_stops_its_render(window: Window) -> None:
    make_segments_file(window)
    remember_state(window)
    window.run_file(SCRIPTS / "failing_group.py")
    window.exec("task = ar.run(group())")
    window.wait_until("task.done()")
    assert "mine" in window.eval("task.exception().exceptions[0]")
    assert window.eval("len(task.exception().exceptions)") == 1
    wait_for_idle(window)
    assert_state_is_back(window)
    assert window.quit() == 0


def test_blender_quits_in_the_middle_of_a_render(window: Window) -> None:
    make_segments_file(window)
    window.exec("import async_render as ar")
    window.exec("ar.run(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=2000)))")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.settle()
    assert window.quit() == 0
    assert not list(window.folder.glob("*.png"))
    assert "/async_render/" not in window.output, window.output  # no traceback of ours; sid has one of its own
