"""The panel *Async Render* and the entry in the status bar, as a person sees and clicks them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ...support.window.panels import (
    CANCEL_ALL,
    CLEAR_FINISHED,
    STATUS_BAR_CANCEL,
    choose_light_theme,
    click_below,
    click_cross,
    click_selected,
    open_panel,
    right_side,
    select,
    wait_for_redraw,
    wait_for_report,
    wait_for_states,
)
from ...support.window.scenes import show_text
from ...support.window.window import Open, Window

pytestmark = pytest.mark.shared_window

SCRIPTS = Path(__file__).with_name("scripts")

REDRAW = "__import__('async_render.blender.activity_ui.redraw').blender.activity_ui.redraw"

LOOK_TIMER = f"bpy.app.timers.is_registered({REDRAW}._poll)"


def test_scripts_are_shown_and_cancelled_by_their_buttons(window: Window) -> None:
    open_panel(window)
    window.display.screenshot(window.folder / "nothing.png")
    window.run_file(SCRIPTS / "sleeping.py")
    window.exec("ar.run(sleep(), name='first.py'); ar.run(sleep(), name='second.py'); ar.run(sleep(), name='third.py')")
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "running.png")
    click_cross(window, 3)
    wait_for_states(window, "RUNNING", "CANCELLED", "RUNNING")
    wait_for_redraw(window)
    window.display.click(*STATUS_BAR_CANCEL)
    window.settle()
    wait_for_states(window, "RUNNING", "CANCELLED", "CANCELLED")
    window.exec("ar.run(sleep(), name='fourth.py')")
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "before-cancel-all.png")
    click_below(window, 6, CANCEL_ALL)
    wait_for_states(window, *["CANCELLED"] * 4)
    wait_for_redraw(window)
    click_below(window, 4, CLEAR_FINISHED)
    wait_for_states(window)
    window.display.screenshot(window.folder / "cleared.png")


def test_what_was_cancelled_is_shown_as_cancelling_until_it_has_ended(window: Window) -> None:
    open_panel(window)
    window.run_file(SCRIPTS / "sleeping.py")
    window.exec("ar.run(stay(), name='stubborn.py')")
    wait_for_redraw(window)
    click_cross(window, 1)
    window.wait_until(
        "[(activity.state.name, activity.is_cancelling) for activity in activities] == [('RUNNING', True)]"
    )
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "cancelling.png")
    window.exec("event.set()")
    wait_for_states(window, "CANCELLED")
    assert not window.eval("any(activity.is_cancelling for activity in activities)")
    window.exec("for number in range(500): add('SCRIPT', f'Text {number}', 'QUEUED', cancel=cancelled)")
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "many.png")
    window.exec("for activity in list(activities): activities.end(activity, State.CANCELLED)")


@pytest.mark.factory_layout
@pytest.mark.slow
def test_it_is_drawn_when_something_changes_and_an_idle_blender_costs_nothing(window: Window) -> None:
    """At most five times a second, at least every `LONGEST_PAUSE` seconds: how often depends on how long it takes."""
    open_panel(window)
    window.run_file(SCRIPTS / "count_draws.py")
    window.exec("activity = add('SCRIPT', 'busy.py', 'RUNNING')")
    window.exec("change = lambda: activities.changed() or 0.005\nbpy.app.timers.register(change)")
    busy, busy_seconds = draws_until(window, "min(draws['panel'], draws['status bar']) >= 10")
    window.exec("bpy.app.timers.unregister(change)")
    quiet, quiet_seconds = draws_until(window, "draws['panel'] >= 4")
    window.exec("activities.end(activity, State.FINISHED)")
    window.wait_until(f"not {LOOK_TIMER}")
    window.settle()
    idle, _ = draws_until(window, "perf_counter() > begin + 2")
    print(f"draws with changes {busy} in {busy_seconds} s, without {quiet} in {quiet_seconds} s, when idle {idle}")
    assert max(busy["panel"], busy["status bar"]) <= 10 * busy_seconds + 1
    assert quiet["panel"] <= quiet_seconds + 2
    assert idle == {"panel": 0, "status bar": 0, "3D view": 0}
    assert busy["3D view"] == quiet["3D view"] == 0
    assert window.quit() == 0


def draws_until(window: Window, condition: str) -> tuple[dict[str, int], float]:
    """How often each was drawn until the condition was true, and the seconds until then."""
    window.exec("draws.update(dict.fromkeys(draws, 0)); begin = perf_counter()")
    drawn, seconds = window.wait_until(f"{condition} and (draws, perf_counter() - begin)")
    return drawn, seconds


def test_an_error_is_shown_again_and_a_folder_opened(window: Window) -> None:
    open_panel(window)
    opened = window.folder / "opened"
    opener = window.folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
    window.exec(f"import os; os.environ['PATH'] = {str(window.folder)!r} + ':' + os.environ['PATH']")
    window.exec(f"folder = Path({str(window.folder)!r})")
    window.exec("add('RENDER', 'Shot', 'FAILED', error=ValueError('no camera'), folder=folder)")
    window.exec("add('RENDER', 'Gone', 'FINISHED', folder=folder / 'gone')")
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "ended.png")
    select(window, 0)
    click_selected(window, 3, "folder")
    window.wait_until(f"Path({str(opened)!r}).exists() and Path({str(opened)!r}).read_text()")
    assert opened.read_text().strip().rstrip("/") == str(window.folder)
    click_selected(window, 3, "error")
    window.wait_for_output("ValueError: no camera")
    window.display.screenshot(window.folder / "error.png")
    window.display.key("Escape")  # the pop-up closes
    window.settle()
    select(window, 2)
    click_selected(window, 3, "folder")
    window.display.screenshot(window.folder / "gone.png")
    wait_for_report(window, f"The folder {window.folder / 'gone'} does not exist")


def test_the_output_of_a_text_is_kept_with_its_error_and_opened(open_window: Open) -> None:
    window = open_window()
    window.exec("import sys\nstreams = sys.stdout, sys.stderr")
    open_panel(window)
    show_text(window, (SCRIPTS / "prints.py").read_text())
    window.display.click(right_side(window) - 20, 40)  # our button in the text editor's header
    wait_for_states(window, "FAILED")
    assert window.eval("(sys.stdout, sys.stderr) == streams")
    wait_for_redraw(window)
    window.exec("print('printed by somebody else')")
    select(window, 0)
    click_selected(window, 2, "output")
    window.wait_until("editor.spaces.active.text.name == 'Async Render Output'")
    window.settle()
    window.display.screenshot(window.folder / "output.png")
    lines = window.eval("editor.spaces.active.text.as_string()").splitlines()
    assert lines[:3] == ["before the first await", "on stderr", "in a thread of asyncio"]
    assert lines[3] == "Traceback (most recent call last):"
    assert lines[-1] == "KeyError: 'camera'"
    assert window.quit() == 0
    # Python writes to a file at the end, and not line by line as to a terminal.
    assert "in a thread of asyncio" in window.output


def test_every_state_in_every_look(open_window: Open) -> None:
    window = open_window()
    open_panel(window)
    window.run_file(SCRIPTS / "every_state.py")
    window.exec(f"show_every_state(add, cancelled, {str(window.folder / 'picture.png')!r})")
    window.exec("view = bpy.context.preferences.view")
    window.exec("properties = next(area for area in bpy.context.screen.areas if area.type == 'PROPERTIES')")
    window.exec("properties.spaces.active.context = 'OUTPUT'")
    look_at(window, "default")
    window.exec("view.language = 'de_DE'")
    assert window.eval("bpy.app.translations.pgettext_iface('Cancel All', 'Operator')") == "Alle abbrechen"
    look_at(window, "german")
    window.exec("view.language = 'ja_JP'")
    assert window.eval("bpy.app.translations.pgettext_iface('Queued')") == "待機中"
    look_at(window, "japanese")
    window.exec("view.language = 'DEFAULT'")
    choose_light_theme(window)
    look_at(window, "light")
    window.exec("view.ui_scale = 2.0")
    look_at(window, "light-twice-as-large")
    assert "addon/panel.py" not in window.output
    assert "activity_ui/status_bar.py" not in window.output
    window.exec("view.ui_scale = 1.0")
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Layout']")
    window.settle()
    window.exec("properties = next(area for area in bpy.context.screen.areas if area.type == 'PROPERTIES')")
    window.exec("properties.spaces.active.context = 'OUTPUT'")
    window.settle()
    window.display.move(window.eval("properties.x + properties.width // 2"), 800)
    window.display.scroll_down(60)
    look_at(window, "output-properties")
    window.exec("from async_render.addon.ui import thumbnail; preview = thumbnail._picture._previews._uuid")
    assert window.eval("preview in bpy.utils.previews._uuid_open")
    window.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')")
    assert not window.eval("preview in bpy.utils.previews._uuid_open")
    assert not window.eval(LOOK_TIMER)
    look_at(window, "disabled")
    assert window.quit() == 0


@pytest.mark.parametrize(
    ("call", "file_format"),
    [
        ("render_animation", "PNG"),
        ("render_animation", "OPEN_EXR"),
        ("render_animation", "FFMPEG"),
        ("render_still", "PNG"),
    ],
)
def test_the_last_frame_is_shown(window: Window, call: str, file_format: str) -> None:
    open_panel(window)
    window.run_file(SCRIPTS / "last_frame.py")
    window.exec(f"task = render({call!r}, {str(window.folder / 'shot_')!r}, {file_format!r})")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    window.wait_until("[tuple(p.image_size) for p in thumbnail._picture._previews.values() if p.image_size[0] > 0]")
    window.settle()
    window.display.screenshot(window.folder / "shown.png")
    assert window.eval("len({pixel for p in thumbnail._picture._previews.values() for pixel in p.image_pixels})") > 10


def look_at(window: Window, name: str) -> None:
    """A screenshot, when all is drawn; the picture comes from a job of its own."""
    window.settle()
    window.settle()
    window.display.screenshot(window.folder / f"{name}.png")
