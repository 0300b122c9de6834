"""The progress that a script reports of itself."""

from __future__ import annotations

import math

from .activity import Activity, activities
from .errors import printable, quoted

ROUNDING = 1e-6
"""Distance that a fraction may have from 0 to 1: sums of fractions are not exact."""


def checked_fraction(fraction: float) -> float:
    """Return a fraction, from 0 to 1.

    Raises:
        TypeError: the fraction is no number.
        ValueError: the fraction is not between 0 and 1.
    """
    if not isinstance(fraction, int | float):
        raise TypeError(f"fraction={quoted(fraction)} is no number; write 0.5 for the half")
    if math.isnan(fraction) or not -ROUNDING <= fraction <= 1 + ROUNDING:
        raise ValueError(f"fraction={quoted(fraction)} is not between 0 and 1")
    return min(max(fraction, 0.0), 1.0)


def show_progress(activity: Activity, fraction: float, message: str) -> None:
    """Show in the panel and the status bar how far a script is. For the main thread.

    Args:
        activity: the script.
        fraction: a checked fraction.
        message: a few words beside the percentage.
    """
    activity.frames_total, activity.fraction = 1, fraction
    activity.message = printable(message).partition("\n")[0]
    activity.eta = activity.seconds * (1 - fraction) / fraction if fraction else None
    activities.changed()
