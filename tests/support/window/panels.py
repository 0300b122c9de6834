"""The panel *Async Render* in the text editor's sidebar, and where its buttons are."""

from __future__ import annotations

from pathlib import Path

from .display import HEIGHT, WIDTH
from .window import Window

SCRIPTS = Path(__file__).with_name("scripts")

FIRST_ROW = 100
"""The middle of the first activity's name, pixels from the top."""

ACTIVITY = 45
"""From an activity to the next one, when neither has a progress bar, in pixels."""

CANCEL_ALL, CLEAR_FINISHED = 51, 71
"""From the first row of the last activity to these buttons, when it has no progress bar and there is no picture."""

LAST_BUTTON, BUTTON = 48, 21
"""From the right side of the sidebar to the last button of an activity, and from each button to the one before."""

STATUS_BAR_CANCEL = (WIDTH - 20, HEIGHT - 12)


def open_panel(window: Window) -> None:
    """Show the panel in the sidebar of the text editor, as a person does: `Ctrl T`, and a click on its tab."""
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")
    window.wait_until("bpy.context.screen.name == 'Scripting'")
    window.exec(
        "editor = next(area for area in bpy.context.screen.areas if area.type == 'TEXT_EDITOR')\n"
        "editor.spaces.active.show_region_ui = True"
    )
    window.run_file(SCRIPTS / "activities.py")
    window.settle()
    window.display.click(right_side(window) - 14, 150)
    window.wait_until(f"{SIDEBAR}.active_panel_category == 'Async Render'")
    window.settle()


SIDEBAR = "next(region for region in editor.regions if region.type == 'UI')"


def right_side(window: Window) -> int:
    side: int = window.eval(f"{SIDEBAR}.x + {SIDEBAR}.width")
    return side


def click_button(window: Window, row: int, *, before: int = 0) -> None:
    """Click the last button of an activity, or the one `before` places before it; rows from 0."""
    x = right_side(window) - LAST_BUTTON - before * BUTTON
    window.display.click(x, FIRST_ROW + row * ACTIVITY)
    window.settle()


def click_below(window: Window, rows: int, button: int) -> None:
    """Click a button below the activities, which are `rows`."""
    window.display.click(right_side(window) - 90, FIRST_ROW + (rows - 1) * ACTIVITY + button)
    window.settle()


def wait_for_redraw(window: Window) -> None:
    """Wait until the panel shows all there is; with software OpenGL that is up to four seconds later."""
    window.exec("from async_render.addon.ui.redraw import _Drawn")
    window.wait_until("_Drawn.state[0] == activities.version")
    window.settle()


def wait_for_states(window: Window, *states: str) -> None:
    """Wait until the activities have these states."""
    window.wait_until(f"[activity.state.name for activity in activities] == {list(states)!r}")


def wait_for_report(window: Window, text: str) -> None:
    """Wait until the Info editor of the *Scripting* workspace shows a text."""
    window.run_file(SCRIPTS / "reports.py")
    window.wait_until(f"{text!r} in reports()")


def choose_light_theme(window: Window) -> None:
    """Choose Blender's light theme."""
    window.run_file(SCRIPTS / "light_theme.py")
