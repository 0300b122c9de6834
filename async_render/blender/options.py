"""The user's choices. The add-on's preferences set them, everything else reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..loop.hosted import TICK_BUDGET


@dataclass
class Options:
    """The user's choices; the defaults are their values without the add-on.

    Attributes:
        tick_budget: seconds of work in a tick of the loop, at most.
        on_file_load: whether running scripts continue when another file is loaded.
        render_display: `render_display_type` while a script renders. With `"NONE"` Blender opens no window.
        on_second_start: what to do when the user starts a script that is still running.
        notify_after: seconds that a script must have run for its end to be announced.
        notification: how the end of a script is announced.
        log_level: the level of the logger `async_render`.
    """

    tick_budget: float = TICK_BUDGET
    on_file_load: Literal["CONTINUE", "CANCEL"] = "CONTINUE"
    render_display: Literal["NONE", "SCREEN", "AREA", "WINDOW"] = "NONE"
    on_second_start: Literal["ASK", "QUEUE"] = "ASK"
    notify_after: float = 10.0
    notification: Literal["NONE", "BLENDER", "SYSTEM"] = "BLENDER"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"


options = Options()
"""The choices of this Blender's user."""
