"""Pop-ups, as a person sees them: Blender tells Python nothing of them."""

from __future__ import annotations

from time import monotonic, sleep

from PIL import Image, ImageChops

from .console import go_to
from .display import HEIGHT, WIDTH
from .window import Window

REACH_X, REACH_Y = 300, 130
"""How far from the mouse a pop-up is looked for, in pixels."""

NOTHING = (0, 0)

MIDDLE = (WIDTH // 2, HEIGHT // 2)
"""Where Blender opens its questions."""


def point_at_still_editor(window: Window) -> tuple[int, int]:
    """Move the mouse into an editor of the *Scripting* workspace where nothing changes by itself.

    Returns:
        Where it is, in pixels from the top left.
    """
    window.exec("still_editor = next(area for area in bpy.context.screen.areas if area.type == 'NLA_EDITOR')")
    place = go_to(window, "still_editor")
    window.settle()
    return place


def around(window: Window, place: tuple[int, int], name: str) -> Image.Image:
    """What is on the screen around a place; the whole screen is kept as a picture of that name."""
    file = window.folder / f"{name}.png"
    window.display.screenshot(file)
    x, y = place
    box = (max(x - REACH_X, 0), max(y - REACH_Y, 0), min(x + REACH_X, WIDTH), min(y + REACH_Y, HEIGHT))
    with Image.open(file) as picture:
        return picture.convert("RGB").crop(box)


def size_of_change(before: Image.Image, after: Image.Image) -> tuple[int, int]:
    """Width and height, in pixels, of what differs."""
    box = ImageChops.difference(before, after).getbbox()
    return NOTHING if box is None else (box[2] - box[0], box[3] - box[1])


def wait_for_pop_up(
    window: Window, place: tuple[int, int], before: Image.Image, name: str, timeout: float = 60.0
) -> tuple[int, int]:
    """Width and height of the pop-up that has opened there, in pixels; `NOTHING` after `timeout` seconds."""
    deadline = monotonic() + timeout
    while monotonic() < deadline:
        if size_of_change(before, around(window, place, name)) != NOTHING:
            window.settle()
            return size_of_change(before, around(window, place, name))
        sleep(0.3)
    return NOTHING
