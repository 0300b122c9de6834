"""The panel *Async Render* in the text editor's sidebar, and where its buttons are."""

from __future__ import annotations

from pathlib import Path

from .display import HEIGHT, WIDTH
from .window import Window

SCRIPTS = Path(__file__).with_name("scripts")

FIRST_ROW = 106
"""The middle of the list's first row, pixels from the top."""

ROW = 21.2
"""From a row to the next one, in pixels. What runs and what has failed has two rows."""

LEAST_ROWS = 4
"""The height of a list with fewer rows."""

SELECTED, CANCEL_ALL, CLEAR_FINISHED = 40, 66, 87
"""From the last row to the buttons below the list, when there is no picture."""

CROSS = 60
"""From the right side of the sidebar to the cross in the second row of what runs."""

BUTTONS = {"cancel": 140, "output": 119, "error": 98, "folder": 77, "dashboard": 47}
"""From the right side of the sidebar to the buttons for the selected row. Where the last one is, all are narrower."""

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


def click_cross(window: Window, row: int) -> None:
    """Click the cross in a row, which is the second one of an activity; rows from 0."""
    window.display.click(right_side(window) - CROSS, round(FIRST_ROW + row * ROW))
    window.settle()


def select(window: Window, row: int) -> None:
    """Click a row of the list."""
    window.display.click(right_side(window) - 95, round(FIRST_ROW + row * ROW))
    window.settle()


def click_selected(window: Window, rows: int, button: str) -> None:
    """Click a button for the selected row, below a list of `rows`."""
    window.display.click(right_side(window) - BUTTONS[button], _below(rows) + SELECTED)
    window.settle()


def click_below(window: Window, rows: int, button: int) -> None:
    """Click a button for all activities, below a list of `rows`."""
    window.display.click(right_side(window) - 90, _below(rows) + button)
    window.settle()


def _below(rows: int) -> int:
    return round(FIRST_ROW + (max(rows, LEAST_ROWS) - 1) * ROW)


def wait_for_redraw(window: Window) -> None:
    """Wait until the panel shows all there is; with software OpenGL that is up to four seconds later."""
    window.exec("from async_render.blender.activity_ui.redraw import _Drawn")
    window.wait_until("_Drawn.state[0] == activities.version")
    window.settle()


def wait_for_states(window: Window, *states: str) -> None:
    """Wait until the activities have these states."""
    window.wait_until(f"[activity.state.name for activity in activities] == {list(states)!r}")


def wait_for_report(window: Window, text: str) -> None:
    """Wait until the Info editor of the *Scripting* workspace shows a text."""
    window.run_file(SCRIPTS / "reports.py")
    window.wait_until(f"{text!r} in reports()")


def read_reports(window: Window) -> str:
    """Return what the Info editor of the *Scripting* workspace shows."""
    window.run_file(SCRIPTS / "reports.py")
    reports: str = window.eval("reports()")
    return reports


def choose_light_theme(window: Window) -> None:
    """Choose Blender's light theme."""
    window.run_file(SCRIPTS / "light_theme.py")
