"""What comes to a user who does not look at the script: errors, questions, and its end."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ...support.window.console import enter, open_console, wait_for_line
from ...support.window.panels import choose_light_theme, read_reports, wait_for_report, wait_for_states
from ...support.window.pop_ups import MIDDLE, around, point_at_still_editor, wait_for_pop_up
from ...support.window.scenes import choose_in_text_menu, show_text, wait_for_files
from ...support.window.window import NAME, Open, Window

pytestmark = pytest.mark.shared_window

LOOKED_AWAY = "bpy.app.driver_namespace['looked away']"

ENDS_LATER = f"import asyncio\nwhile not {LOOKED_AWAY}:\n    await asyncio.sleep(0.05)\n"
"""A script that ends when the test sets that."""


def run_and_look_away(window: Window, source: str) -> None:
    """Start a script by the menu, move the mouse into a still editor, and let the script end."""
    window.exec(f"{LOOKED_AWAY} = False\nfrom async_render.render.activity import activities")
    show_text(window, source)
    choose_in_text_menu(window)
    wait_for_states(window, "RUNNING")
    point_at_still_editor(window)
    window.exec(f"{LOOKED_AWAY} = True")


SCRIPTS = Path(__file__).with_name("scripts")

TYPED = "abcdefghij" * 16


def test_nothing_takes_the_keyboard_from_a_user_who_types(window: Window) -> None:
    """A script ends, another one fails, and both are told."""
    window.exec(f"chosen = bpy.context.preferences.addons[{NAME!r}].preferences\nchosen.notify_after = 0.0")
    show_text(window, "")
    window.run_file(SCRIPTS / "ends_while_typing.py")
    window.display.move(window.eval("editor.x + 100"), 400)
    window.settle()
    window.display.type(TYPED)
    window.wait_until("failing.done()")
    window.settle()
    window.display.screenshot(window.folder / "typed.png")
    assert window.eval("typed.as_string()").strip() == TYPED
    wait_for_report(window, "ends.py finished after")
    wait_for_report(window, "ValueError: no camera")


NOTIFIER = """#!/bin/sh
printf '%s\\n' "$@" > {told}
exit {code}
"""


@pytest.mark.parametrize(
    ("notification", "code", "is_told", "is_shown"),
    [
        ("NONE", 0, False, False),
        ("BLENDER", 0, False, True),
        ("SYSTEM", 0, True, False),
        ("SYSTEM", 1, True, True),
    ],
    ids=["none", "Blender", "system", "a system that cannot"],
)
def test_the_end_of_a_long_script_is_announced_as_the_user_likes(
    window: Window, notification: str, code: int, is_told: bool, is_shown: bool
) -> None:
    told = window.folder / "told.txt"
    program = window.folder / "notify-send"
    program.write_text(NOTIFIER.format(told=told, code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    window.exec(f"import os; os.environ['PATH'] = {str(window.folder)!r} + ':' + os.environ['PATH']")
    window.exec(
        f"chosen = bpy.context.preferences.addons[{NAME!r}].preferences\n"
        f"chosen.notification, chosen.notify_after = {notification!r}, 0.1"
    )
    run_and_look_away(window, ENDS_LATER)
    wait_for_states(window, "FINISHED")
    if is_told:
        wait_for_files(window, told.name, 1)
    message = f"Unsaved finished after {window.eval('round(next(iter(activities)).seconds)')} s"
    if is_shown:
        wait_for_report(window, message)
    window.settle()
    assert (message in read_reports(window)) == is_shown
    assert told.exists() == is_told
    if is_told:
        assert told.read_text().splitlines()[-2:] == ["Async Render", message]
    assert (f"could not announce that {message}" in window.output) == bool(code)


def test_what_was_short_is_not_announced(window: Window) -> None:
    window.exec(f"chosen = bpy.context.preferences.addons[{NAME!r}].preferences")
    assert window.eval("chosen.notify_after") == 10.0
    window.exec("chosen.notify_after = 60.0")  # a busy machine may take ten seconds for what follows
    run_and_look_away(window, ENDS_LATER)
    wait_for_states(window, "FINISHED")
    window.settle()
    assert "finished after" not in read_reports(window)


IN_EDITOR = "with bpy.context.temp_override(area=editor, region=editor.regions[-1]): "

RUN = "bpy.ops.async_render.run_script('INVOKE_DEFAULT')"


@pytest.mark.parametrize("look", ["default", "light", "light and twice as large"])
def test_pop_ups_menus_and_the_console_in_every_look(open_window: Open, look: str) -> None:
    """Of each a screenshot, which was looked at: nothing is cut off, nothing overlaps."""
    window = open_window()
    show_text(window, "{}['camera']\n")
    if look != "default":
        choose_light_theme(window)
    if "twice" in look:
        window.exec("bpy.context.preferences.view.ui_scale = 2.0")
    window.settle()
    mouse = point_at_still_editor(window)
    assert size_of_pop_up(window, mouse, "error", IN_EDITOR + RUN)[0] > 150
    window.display.key("Escape")
    assert size_of_pop_up(window, mouse, "templates", "bpy.ops.wm.call_menu(name='TEXT_MT_templates')")[0] > 80
    window.display.key("Escape")
    show_text(window, "import asyncio\nawait asyncio.sleep(300)\n")
    window.exec(IN_EDITOR + RUN)
    assert size_of_pop_up(window, MIDDLE, "question", IN_EDITOR + RUN)[0] > 150
    window.display.key("Escape")
    open_console(window)
    enter(window, "await asyncio.sleep(0.1, 42)", "await asyncio.sleep(0.1); 1 / 0", "await asyncio.sleep(300)")
    wait_for_line(window, "42")
    wait_for_line(window, "ZeroDivisionError: division by zero")
    window.settle()
    window.display.screenshot(window.folder / "console.png")
    assert window.quit() == 0


def size_of_pop_up(window: Window, place: tuple[int, int], name: str, code: str) -> tuple[int, int]:
    """Width and height of what the code lets open."""
    window.settle()
    before = around(window, place, "before")
    window.exec(code)
    return wait_for_pop_up(window, place, before, name)
