"""The add-on's preferences, and that nothing stays behind when it is disabled."""

from __future__ import annotations

from pathlib import Path

from ...support.window.console import enter, open_console, wait_for_line
from ...support.window.panels import choose_light_theme
from ...support.window.scenes import HEADER, show_text, wait_for_idle
from ...support.window.shared import import_clean
from ...support.window.window import NAME, Open, Window

SCRIPTS = Path(__file__).with_name("scripts")


def show_preferences(window: Window) -> None:
    """Show the add-on's preferences in place of the text editor."""
    show_text(window, "")
    window.exec(
        "bpy.context.preferences.active_section = 'ADDONS'\n"
        "bpy.context.window_manager.addon_search = 'Async'\n"
        "editor.type = 'PREFERENCES'"
    )
    window.settle()


CONTROL = 1105
"""The middle of the choices from left to right, pixels."""

ROWS = {"on_second_start": 356, "on_file_load": 385, "render_display": 408, "notify_after": 460, "developer": 489}
ROWS |= {"tick_budget": 526, "log_level": 552}
"""Pixels from the top."""


def choose(window: Window, name: str, entry: int) -> None:
    """Open the menu of a choice by a click, and go to an entry by keys; the first is 1."""
    window.display.click(CONTROL, ROWS[name])
    window.settle()
    window.display.key(*["Down"] * entry, "Return")
    window.settle()


def type_number(window: Window, name: str, text: str) -> None:
    """Click into a number, and type another one."""
    window.display.click(CONTROL, ROWS[name])
    window.settle()
    window.display.type(text)
    window.display.key("Return")
    window.settle()


def test_the_preferences_are_there_and_do_what_they_say(window: Window) -> None:
    show_preferences(window)
    scale = 1600 / 980
    window.display.click(round(402 * scale), round(66 * scale))
    window.settle()
    window.display.screenshot(window.folder / "default.png")
    window.exec(
        "from async_render.blender.options import options\n"
        "from async_render.blender.host.host import get_host\n"
        "import logging"
    )
    window.display.click(662, ROWS["developer"])
    window.settle()  # Blender loses a click that comes while it draws what the one before did
    choose(window, "on_second_start", 2)
    choose(window, "on_file_load", 2)
    choose(window, "render_display", 4)
    choose(window, "log_level", 2)
    type_number(window, "notify_after", "2")
    type_number(window, "tick_budget", "0.008")
    window.display.screenshot(window.folder / "chosen.png")
    window.wait_until("(round(options.tick_budget, 6), round(get_host().loop.budget, 6)) == (0.008, 0.008)")
    assert window.eval("(options.on_second_start, options.render_display)") == ["QUEUE", "WINDOW"]
    assert window.eval("(options.on_file_load, options.notify_after)") == ["CANCEL", 2.0]
    assert window.eval("logging.getLogger('async_render').level == logging.INFO")
    choose_light_theme(window)
    window.settle()
    window.display.screenshot(window.folder / "light.png")
    window.exec("bpy.context.preferences.view.ui_scale = 2.0")
    window.settle()
    window.display.screenshot(window.folder / "double.png")
    window.exec(
        "region = next(region for region in editor.regions if region.type == 'WINDOW')\n"
        "with bpy.context.temp_override(area=editor, region=region): bpy.ops.view2d.scroll_down(deltay=600)"
    )
    window.settle()
    window.display.screenshot(window.folder / "double-scrolled.png")
    window.exec("bpy.context.preferences.view.ui_scale = 1.0")

    window.exec("editor.type = 'TEXT_EDITOR'")
    show_text(window, "import asyncio\nawait asyncio.sleep(0.5)\n")
    window.display.move(window.eval("editor.x + editor.width // 2"), HEADER + 300)
    window.display.key("alt+shift+p")
    window.wait_for_output("async_render: 'Unsaved' is started")
    window.wait_for_output("async_render: 'Unsaved' is finished after")
    window.settle()
    window.display.screenshot(window.folder / "notified.png")

    show_text(window, "import asyncio\nawait asyncio.sleep(300)\n")
    window.exec("bpy.ops.async_render.run_script()")
    window.exec("bpy.ops.wm.read_homefile()")
    window.wait_for_output("async_render: 'Unsaved' is cancelled after")
    wait_for_idle(window)
    assert window.quit() == 0


def test_the_preferences_are_kept_over_a_restart(open_window: Open) -> None:
    window = open_window()
    window.exec(
        f"chosen = bpy.context.preferences.addons[{NAME!r}].preferences\n"
        "chosen.tick_budget, chosen.on_second_start = 0.008, 'QUEUE'\n"
        "bpy.ops.wm.save_userpref()"
    )
    assert window.quit() == 0
    again = open_window(home=window.folder / "home")
    again.exec("from async_render.blender.options import options; from async_render.blender.host.host import get_host")
    keymaps = "bpy.context.window_manager.keyconfigs.addon.keymaps"
    keys = f"[i for keymap in {keymaps} for i in keymap.keymap_items if i.idname == 'async_render.run_script']"
    assert again.eval("(options.on_second_start, round(get_host().loop.budget, 6))") == ["QUEUE", 0.008]
    assert again.eval(f"[item.active for item in {keys}]") == [True]
    assert again.quit() == 0


def test_blender_has_no_warning_about_the_extension(window: Window) -> None:
    window.exec("import addon_utils")
    assert window.eval(f"{NAME!r} in bpy.context.preferences.addons")
    assert window.eval("addon_utils._extensions_warnings_get()") == {}
    assert window.quit() == 0


def test_twenty_times_disabled_and_enabled_it_leaves_nothing_behind(window: Window) -> None:
    show_text(window, "import asyncio\nawait asyncio.sleep(0.1)\n")
    import_clean(window)
    window.exec("import addon_utils; left_behind = clean_window.left_behind")
    enabled = window.eval("left_behind()")
    open_console(window)
    enter(window, "await asyncio.sleep(0.1, 6 * 7)")
    wait_for_line(window, "42")
    window.wait_until("'ContextStream' not in repr(left_behind()['streams'])")  # no line is under way any more
    functions = enabled["console"][:2]
    window.exec(f"addon_utils.disable({NAME!r})")
    window.wait_until("not (left_behind()['timers'] or left_behind()['threads'])")
    before = window.eval("left_behind()")
    assert before["classes"] == []
    assert "async_render" not in repr(before)
    assert functions == before["console"][:2]  # Blender's own, also while the add-on is enabled
    for _ in range(20):
        window.exec(f"addon_utils.enable({NAME!r})\nbpy.ops.async_render.run_script()")
        window.exec(f"addon_utils.disable({NAME!r})")
    # The last script's loop is closed when its task has ended.
    window.wait_until("not (left_behind()['timers'] or left_behind()['threads'])")
    after = window.eval("left_behind()")
    assert after == before
    window.exec(f"addon_utils.enable({NAME!r})")
    # The new loop looks for threads once, and rests. Its first turn registers what opens the lock of 4.3.
    window.wait_until("__import__('async_render.blender.host.host').blender.host.host.get_host().is_resting")
    again = window.eval("left_behind()")
    others = dict.fromkeys(("console", "logging", "timers"))
    assert {**again, **others} == {**enabled, **others}
    assert window.quit() == 0


def test_a_queued_text_never_begins_when_the_add_on_is_disabled(window: Window) -> None:
    window.exec("import addon_utils; bpy.app.driver_namespace['log'] = log = []")
    window.exec(f"bpy.context.preferences.addons[{NAME!r}].preferences.on_second_start = 'QUEUE'")
    window.exec("from async_render.render.activity import activities")
    window.exec("from async_render.blender.host.host import host_in_use")
    show_text(window, "import asyncio\nbpy.app.driver_namespace['log'].append('in')\nawait asyncio.sleep(300)\n")
    window.exec("bpy.ops.async_render.run_script()\nbpy.ops.async_render.run_script()")
    window.wait_until("log == ['in']")
    assert window.eval("[activity.state.name for activity in activities]") == ["RUNNING", "QUEUED"]
    window.exec(f"addon_utils.disable({NAME!r})")
    assert window.eval("[activity.state.name for activity in activities]") == ["CANCELLED", "CANCELLED"]
    assert window.eval("(log, host_in_use())") == [["in"], None]
    assert window.quit() == 0


def test_enabled_again_while_a_render_ends_it_keeps_its_loop(window: Window) -> None:
    window.run_file(SCRIPTS / "long_render.py")
    window.exec(f"task = render({str(window.folder / 'out_')!r})")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.exec(f"host = get_host(); still, next_task = disable_and_enable({NAME!r})")
    assert window.eval("still")  # the render job needs Blender's main loop to end
    window.wait_until("task.cancelled() and not bpy.app.is_job_running('RENDER')")
    window.wait_until("next_task.done()")
    assert window.eval("(next_task.result(), get_host() is host, host.loop.is_closed())") == ["slept", True, False]
    open_console(window)
    enter(window, "await asyncio.sleep(0.1, 6 * 7)")
    wait_for_line(window, "42")
    assert window.quit() == 0


def test_a_report_that_waits_for_its_event_outlives_the_add_on(window: Window) -> None:
    window.exec("import addon_utils\nfrom async_render.blender.window import messages")
    there = "hasattr(bpy.types, 'ASYNC_RENDER_OT_report')"
    window.exec(f"messages.report('WARNING', 'the first')\naddon_utils.disable({NAME!r})\nkept = {there}")
    assert window.eval("kept")
    window.wait_for_output("the first")
    window.wait_until(f"not {there}")
    second, third = (f"messages.report('WARNING', 'the {number}')" for number in ("second", "third"))
    again = f"addon_utils.disable({NAME!r}); addon_utils.enable({NAME!r})"
    window.exec(f"addon_utils.enable({NAME!r}); {second}; {again}; {third}")
    window.wait_for_output("the second")
    window.wait_for_output("the third")
    assert window.eval(there)
    window.exec("messages.report('ERROR', 'over a file')\nbpy.ops.wm.read_homefile()")
    window.wait_for_output("over a file")
    window.exec(f"messages.report('WARNING', 'the last')\naddon_utils.disable({NAME!r})")
    assert window.quit() == 0
    assert window.output.count("over a file") == window.output.count("the last") == 1
