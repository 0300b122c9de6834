"""The menu item, in a Blender where the extension was installed from its ZIP."""

from __future__ import annotations

from ...support.pictures import assert_segments_rendered
from ...support.window.scenes import (
    EXAMPLE,
    SMALL,
    assert_state_is_back,
    choose_in_render_menu,
    choose_in_text_menu,
    make_segments_file,
    open_text,
    remember_state,
    turns_a_second,
    wait_for_files,
    wait_for_idle,
)
from ...support.window.window import Window


def test_three_segments_are_rendered_while_the_window_lives(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.scene.render.resolution_percentage = 1000")  # it has to last for some turns
    open_text(window, EXAMPLE)
    remember_state(window)
    window.exec("bpy.app.timers.register(measure_ticks)")
    choose_in_text_menu(window)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.display.screenshot(window.folder / "rendering.png")
    wait_for_idle(window)
    turns = turns_a_second(window)
    window.display.screenshot(window.folder / "rendered.png")
    print(f"the window turned {turns:.0f} times a second while rendering")
    assert turns >= 20
    assert_segments_rendered(window.folder / "out")
    assert_state_is_back(window)
    assert window.quit() == 0


def test_the_render_menu_has_it_too(window: Window) -> None:
    make_segments_file(window)
    open_text(window, EXAMPLE)
    choose_in_render_menu(window)
    wait_for_files(window, "out/*.png", 1)
    wait_for_idle(window)
    assert_segments_rendered(window.folder / "out", SMALL)


def test_blenders_own_run_script_renders_too_and_a_file_without_markers_gets_a_scene(window: Window) -> None:
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(window.folder / 'new.blend')!r})")
    open_text(window, EXAMPLE)
    window.display.move(window.eval("editor.x + editor.width // 2"), 500)
    window.display.key("alt+p")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    assert window.eval("bpy.context.scene.name") == "Render Segments"
    wait_for_idle(window)
    assert_segments_rendered(window.folder / "out")
