"""What the user may choose; the add-on's preferences set it, everything else reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..loop.hosted import TICK_BUDGET


@dataclass
class Options:
    """The user's choices, with the values that they have without an add-on.

    Attributes:
        tick_budget: seconds of work in a tick of the loop.
        on_file_load: what becomes of running scripts when another file is loaded.
        render_display: `render_display_type` while a script renders; Blender opens no window for `"NONE"`.
        on_second_start: what happens when a script is started that runs already.
        notify_after: seconds that a script has to run before its end is announced.
        notification: how that is announced.
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
"""Those of this Blender."""
