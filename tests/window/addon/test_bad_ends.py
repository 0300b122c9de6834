"""What a user gets to see when a script cannot go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.window.scenes import (
    EXAMPLE,
    assert_state_is_back,
    choose_in_text_menu,
    make_segments_file,
    open_text,
    remember_state,
    wait_for_idle,
)
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

SETTINGS = {
    "an unknown scene": ("scene='Nope'", "RenderError: scene='Nope' is not in this file; it has"),
    "an unknown camera": ("camera='Nope'", "RenderError: camera='Nope' is not in the scene 'Render Segments'"),
    "no frames": ("frame_start=9, frame_end=3", "ValueError: frame_end=3 is before frame_start=9"),
    "a folder that cannot be written": ("filepath='/proc/a/b_'", "RenderError: filepath='/proc/a/b_': no file can be"),
}


def run_text(window: Window, source: str) -> Path:
    file = window.folder / "script.py"
    file.write_text(source)
    open_text(window, file)
    choose_in_text_menu(window)
    return file


@pytest.mark.parametrize("what", SETTINGS)
def test_bad_settings_are_shown_with_the_users_own_line_and_the_window_lives(window: Window, what: str) -> None:
    arguments, message = SETTINGS[what]
    make_segments_file(window)
    remember_state(window)
    file = run_text(window, f"settings = ar.RenderSettings\nawait ar.render_animation(settings({arguments}))  # mine\n")
    window.wait_for_output(message)
    assert f'File "{file}", line 2' in window.output
    assert "# mine" in window.output
    wait_for_idle(window)
    window.settle()
    window.display.screenshot(window.folder / "pop-up.png")
    assert_state_is_back(window)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("bpy.context.scene.timeline_markers.clear()", "scene='Render Segments' has no timeline markers"),
        ("bpy.context.scene.camera = None", "camera=None, and the scene 'Render Segments' has no active camera"),
    ],
    ids=["no markers", "no camera"],
)
def test_what_the_scene_lacks_is_named(window: Window, prepare: str, message: str) -> None:
    make_segments_file(window)
    window.exec(prepare)
    remember_state(window)
    run_text(window, "for segment in ar.segments():\n    await ar.render_animation(segment.settings())\n")
    window.wait_for_output(f"RenderError: {message}")
    wait_for_idle(window)
    assert_state_is_back(window)


def test_esc_ends_the_script_with_the_settings_back(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.scene.cycles.samples, bpy.context.scene.render.resolution_percentage = 1024, 1000")
    open_text(window, EXAMPLE)
    remember_state(window)
    choose_in_text_menu(window)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.settle()
    window.display.key("Escape")
    window.wait_for_output("the render of the scene 'Render Segments' was cancelled in Blender after")
    wait_for_idle(window)
    window.display.screenshot(window.folder / "cancelled.png")
    assert "RenderCancelled" not in window.output  # no traceback
    window.exec("from async_render.render.activity import activities")
    script = "[(activity.name, activity.state.name, activity.error) for activity in activities][0]"
    window.wait_until(f"{script} == {(EXAMPLE.name, 'CANCELLED', None)!r}")
    assert_state_is_back(window)


def test_a_script_may_exit_and_blender_stays(window: Window) -> None:
    run_text(window, "import asyncio\nawait asyncio.sleep(0)\nexit(3)\n")
    window.wait_for_output("SystemExit: 3")
    assert window.eval("1 + 1") == 2
