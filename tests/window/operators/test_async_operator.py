"""`AsyncOperator` in a window: chosen in a menu, cancelled with Esc, undone, and seen while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.window.panels import open_panel, wait_for_report, wait_for_states
from ...support.window.pop_ups import point_at_still_editor
from ...support.window.scenes import choose_in_text_menu, open_text
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

SCRIPTS = Path(__file__).with_name("scripts")

ADD_ON = SCRIPTS / "counting.py"

TASKS = "[task.get_name() for task in asyncio.all_tasks(ar.get_loop())]"

ESCAPE_ITEMS = "[i.idname for i in bpy.context.window_manager.keyconfigs.addon.keymaps['Window'].keymap_items]"


def register_operators(window: Window) -> None:
    """Enable an add-on with two operators; the first is the last entry of the Text menu."""
    open_text(window, ADD_ON)
    open_panel(window)
    window.exec(f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})")
    window.exec("import asyncio, async_render as ar, counting")
    window.exec("counting.register()")


def test_esc_cancels_it_and_what_it_did_is_one_undo_step(window: Window) -> None:
    register_operators(window)
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    choose_in_text_menu(window)
    window.wait_until("bpy.context.scene.frame_end > 505")
    window.settle()
    window.display.screenshot(window.folder / "running.png")
    assert window.eval("len(bpy.context.window.modal_operators)") == 0
    window.display.move(300, 250)
    window.display.key("Escape")
    (reached,) = window.wait_until("counting.ended")
    wait_for_states(window, "CANCELLED")
    window.wait_until(f"{TASKS} == []")  # its undo step is there
    window.settle()
    assert window.eval("bpy.context.scene.frame_end") == reached
    window.display.key("ctrl+z")
    window.wait_until("bpy.context.scene.frame_end == 250")
    window.display.key("ctrl+shift+z")
    window.wait_until(f"bpy.context.scene.frame_end == {reached}")
    window.exec("counting.unregister()")


LAST = "bpy.context.active_operator.bl_label"
FRAMES = "[bpy.context.scene.frame_start, bpy.context.scene.frame_end]"


def test_adjusting_the_last_operation_does_not_take_back_its_work(window: Window) -> None:
    register_operators(window)
    window.exec("keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.new('Window').keymap_items")
    window.exec("keymap.new('ed.undo_redo', 'F6', 'PRESS'); keymap.new('test.move', 'F7', 'PRESS')")
    window.exec("keymap.new('test.count', 'F8', 'PRESS').properties.steps = 3")
    point_at_still_editor(window)  # a text editor would take R for a letter
    window.display.key("F7")
    window.wait_until(f"{FRAMES} == [6, 250]")
    assert window.eval(LAST) == "Move"
    window.display.key("F8")
    window.wait_until(f"counting.ended == [502] and {LAST} == 'Count Frames'")
    window.settle()
    window.display.key("F6")
    window.settle()
    assert window.eval(FRAMES) == [6, 502], "the work stays, and the operator before is not called again"
    window.display.key("F9")
    window.settle()
    window.display.screenshot(window.folder / "f9.png")
    assert window.eval(FRAMES) == [6, 502]
    window.display.key("Escape")
    window.display.key("shift+r")
    window.wait_until("counting.ended == [502, 502]")
    window.wait_until(f"{TASKS} == []")
    window.display.key("ctrl+z", "ctrl+z")
    window.wait_until(f"{FRAMES} == [6, 250]")
    assert window.eval("counting.ended") == [502, 502], "undoing calls nothing"
    # Blender takes no step inside another operator: the step comes when that one has returned.
    window.exec("bpy.ops.test.move('INVOKE_DEFAULT', True)")
    window.exec("bpy.ops.test.wait()")
    assert window.eval(f"len(counting.ended), {FRAMES}") == [3, [11, 502]]
    window.wait_until(f"{LAST} == 'Count Frames'")
    window.display.key("ctrl+z")
    window.wait_until(f"{FRAMES} == [11, 250]")
    assert window.quit() == 0


def test_its_reports_are_shown_and_an_error_with_its_line(window: Window) -> None:
    register_operators(window)
    window.exec("bpy.ops.test.count('INVOKE_DEFAULT', steps=3)")
    window.wait_until("counting.ended")
    wait_for_report(window, "3 steps are done")
    window.settle()
    window.display.screenshot(window.folder / "report.png")
    window.exec("bpy.ops.test.fail('INVOKE_DEFAULT')")
    window.wait_for_output("ValueError: no such thing")
    window.settle()
    window.display.screenshot(window.folder / "error.png")
    line = ADD_ON.read_text().splitlines().index('        raise ValueError("no such thing")  # mine') + 1
    assert f'File "{ADD_ON}", line {line}, in run' in window.output
    wait_for_states(window, "FINISHED", "FAILED")
    window.exec("counting.unregister()")


def test_it_outlives_a_file_but_not_its_add_on(window: Window) -> None:
    register_operators(window)
    window.exec("bpy.ops.test.count('INVOKE_DEFAULT')")
    window.run_file(SCRIPTS / "load_later.py")
    window.wait_until("loaded")
    window.settle()
    assert window.eval(TASKS) == ["Count Frames"]
    window.display.move(700, 500)
    window.display.key("Escape")
    window.wait_until("counting.ended")
    window.exec("bpy.ops.test.count('INVOKE_DEFAULT'); bpy.ops.test.count('INVOKE_DEFAULT')")
    window.settle()
    assert window.eval(TASKS) == ["Count Frames", "Count Frames"]
    window.exec("counting.unregister()")
    window.wait_until("len(counting.ended) == 3")
    wait_for_states(window, *["CANCELLED"] * 3)
    window.wait_until(f"{TASKS} == []")
    assert window.eval(ESCAPE_ITEMS) == []
    assert not window.eval("hasattr(bpy.types, 'ASYNC_RENDER_OT_cancel_operator')")
    window.exec("counting.register()")
    assert window.eval(ESCAPE_ITEMS) == ["async_render.cancel_operator"]
    window.exec("bpy.ops.test.count('INVOKE_DEFAULT'); counting.TEST_OT_count.cancel_running()")
    wait_for_states(window, *["CANCELLED"] * 4)
    assert window.eval("len(counting.ended)") == 3  # it had not begun
    window.exec("counting.unregister()")
