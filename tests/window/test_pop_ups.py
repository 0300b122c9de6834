"""What comes to a user who does not look at the script: errors, questions, and its end."""

from __future__ import annotations

import stat

import pytest

from .pop_ups import MIDDLE, NOTHING, around, point_at_still_editor, wait_for_pop_up
from .scenes import choose_in_text_menu
from .test_console import enter, open_console, wait_for_line
from .test_panel import LIGHT_THEME
from .test_preferences import NAME
from .test_text_editor import show_text
from .window import Window

ENDS_LATER = "import asyncio\nawait asyncio.sleep(4)\n"


def run_and_look_away(window: Window, source: str) -> tuple[int, int]:
    """Start a script by the menu, and move the mouse into a still editor; returns where it is."""
    show_text(window, source)
    choose_in_text_menu(window)
    return point_at_still_editor(window)


def test_an_error_opens_a_pop_up_under_the_mouse(window: Window) -> None:
    mouse = run_and_look_away(window, ENDS_LATER + "1 / 0  # mine\n")
    width, height = wait_for_pop_up(window, mouse, around(window, mouse, "before"), "error")
    assert "ZeroDivisionError" in window.output
    assert width > 150
    assert height > 60  # a title and a traceback of three lines
    assert window.quit() == 0


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
    window.exec("from async_render.render.activity import activities")
    window.exec(
        f"chosen = bpy.context.preferences.addons[{NAME!r}].preferences\n"
        f"chosen.notification, chosen.notify_after = {notification!r}, 2.0"
    )
    mouse = run_and_look_away(window, ENDS_LATER)
    before = around(window, mouse, "before")
    window.wait_until("[activity.state.name for activity in activities] == ['FINISHED']")
    size = wait_for_pop_up(window, mouse, before, "announced", timeout=3.0)
    assert (size != NOTHING) == is_shown
    assert told.exists() == is_told
    if is_told:
        assert told.read_text().splitlines()[-2:] == ["Async Render", "Unsaved finished after 4 s"]
    assert ("could not tell that Unsaved finished after 4 s" in window.output) == bool(code)
    assert window.quit() == 0


def test_what_was_short_is_not_announced(window: Window) -> None:
    window.exec("from async_render.render.activity import activities")
    mouse = run_and_look_away(window, ENDS_LATER)  # less than the ten seconds of the default
    before = around(window, mouse, "before")
    window.wait_until("[activity.state.name for activity in activities] == ['FINISHED']")
    assert wait_for_pop_up(window, mouse, before, "announced", timeout=2.0) == NOTHING
    assert window.quit() == 0


IN_EDITOR = "with bpy.context.temp_override(area=editor, region=editor.regions[-1]): "

RUN = "bpy.ops.async_render.run_script('INVOKE_DEFAULT')"


@pytest.mark.parametrize("look", ["default", "light", "light and twice as large"])
def test_pop_ups_menus_and_the_console_in_every_look(window: Window, look: str) -> None:
    """Of each a screenshot, which was looked at: nothing is cut off, nothing overlaps."""
    show_text(window, ENDS_LATER + "{}['camera']\n")
    if look != "default":
        window.exec(LIGHT_THEME)
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
