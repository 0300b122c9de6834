"""`progress`: a script says how far it is."""

from __future__ import annotations

import logging
import threading

from ...render.activity import current_script
from ...render.script_progress import checked_fraction, show_progress
from .host import get_host

log = logging.getLogger("async_render")


def progress(fraction: float, message: str = "") -> None:
    """Show in the panel and the status bar how far the script is. Threads of `asyncio.to_thread` may call this, too.

    Outside of a script nothing is shown; the log has the progress at the level INFO.

    Args:
        fraction: how much of the work is done, 0 to 1.
        message: a few words beside the percentage.

    Raises:
        ValueError: the fraction is not between 0 and 1.
        TypeError: the fraction is no number.

    Example:
        >>> shots = ["Intro", "Chase", "Credits"]
        >>> for number, shot in enumerate(shots):
        ...     ar.progress(number / len(shots), f"Shot {number + 1} of {len(shots)}")
        ...     await ar.render_still(filepath=f"//{shot}")
    """
    fraction = checked_fraction(fraction)
    script = current_script.get()
    if script is None or script.state.is_over:
        log.info("progress outside of a script: %.0f%% %s", 100 * fraction, message)
    elif threading.current_thread() is threading.main_thread():
        show_progress(script, fraction, message)
    else:
        get_host().loop.call_soon_threadsafe(show_progress, script, fraction, message)
