"""Blender's Python console, as a person types into it."""

from __future__ import annotations

from .window import Window


def open_console(window: Window) -> None:
    """Show the *Scripting* workspace, with the mouse in its console."""
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")
    window.wait_until("bpy.context.screen.name == 'Scripting'")
    window.exec("console = next(area for area in bpy.context.screen.areas if area.type == 'CONSOLE')")
    window.settle()
    go_to(window, "console")


def go_to(window: Window, area: str) -> tuple[int, int]:
    """Move the mouse into the middle of an area, which is so many pixels from the top left."""
    x, y = window.eval(f"({area}.x + {area}.width // 2, bpy.context.window.height - {area}.y - {area}.height // 2)")
    window.display.move(x, y)
    return x, y


def enter(window: Window, *lines: str) -> None:
    """Type lines, with Return after each."""
    for line in lines:
        if line:
            window.display.type(line)
        window.display.key("Return")


def shown(window: Window, area: str = "console") -> list[str]:
    """The lines of a console."""
    lines: list[str] = window.eval(f"[line.body for line in {area}.spaces.active.scrollback]")
    return lines


def wait_for_line(window: Window, line: str, area: str = "console") -> None:
    window.wait_until(f"{line!r} in [line.body for line in {area}.spaces.active.scrollback]")
