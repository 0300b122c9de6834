"""An activity in words: its state, its times and its progress, in the user's language."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from bpy.app.translations import pgettext_iface as translate

from ...render.activity import Activity, Failure, Kind, State

LONGEST_NAME = 28
"""Characters of a name in the status bar, at most."""

LONGEST_TIP, MOST_TIP_LINES = 400, 6
"""Characters of each line of an error in a tooltip, and number of its lines, at most. *Show Error* has all of it."""

SHORTEST_NAME = 5
"""Characters of a name in a row, at least."""

_STATES = {
    State.QUEUED: "Queued",
    State.RUNNING: "Running",
    State.FINISHED: "Finished",
    State.CANCELLED: "Cancelled",
    State.FAILED: "Failed",
}


def name_of(activity: Activity) -> str:
    """Return the name, as Blender can draw it: a file name may have characters that are no UTF-8."""
    return _drawable(activity.name)


def _reason(error: Failure) -> str:
    """Return the exception's class without its module, and the first line of its message."""
    lines = error.summary.splitlines()
    line = next((line for line in lines if line[:1].strip()), error.summary)  # a SyntaxError shows its place first
    name, colon, message = line.partition(":")
    return _drawable(name.rpartition(".")[2] + colon + message)


def _reason_lines(error: Failure) -> list[str]:
    """Return the reason, and the further lines of the message: an error's remedy may stand in its last line."""
    lines = error.summary.splitlines()
    first = next((index for index, line in enumerate(lines) if line[:1].strip()), 0)
    shown = [_reason(error), *(_drawable(line) for line in lines[first + 1 :] if line.strip())]
    if len(shown) > MOST_TIP_LINES:
        shown = [*shown[: MOST_TIP_LINES - 2], "…", shown[-1]]
    return [line if len(line) <= LONGEST_TIP else f"{line[:LONGEST_TIP]}…" for line in shown]


def _drawable(text: str) -> str:
    return text.encode(errors="replace").decode()


def state_of(activity: Activity) -> str:
    """Return the state, in a word."""
    return translate("Cancelling") if activity.is_cancelling else translate(_STATES[activity.state])


def elapsed_of(activity: Activity) -> str:
    """Return how long the activity has run: `0:54`. Empty while it waits in the queue."""
    return "" if activity.state is State.QUEUED else clock(activity.seconds)


def left_of(activity: Activity) -> str:
    """Return the time that is left, as players of music show it: `-0:42`. Empty when it is not known."""
    return "" if activity.eta is None else f"-{clock(activity.eta)}"


def progress_of(activity: Activity) -> str:
    """Return the progress: `Frame 3 of 12` of a render, `Frame 3 of 12  × 2` by two workers, `40%  Shot 3 of 8` of a
    script."""
    if activity.kind is Kind.SCRIPT:
        return f"{activity.progress:.0%}  {activity.message}".rstrip().encode(errors="replace").decode()
    number = min(activity.frames_done + 1, activity.frames_total)
    return f"{translate('Frame {:d} of {:d}').format(number, activity.frames_total)}  {activity.message}".rstrip()


def has_second_row(activity: Activity) -> bool:
    """Return whether there is more to say than the name and the time."""
    return activity.state is State.RUNNING or activity.error is not None or activity.is_cancelling


def detail_of(activity: Activity, *, is_narrow: bool = False) -> str:
    """Return the progress, or the error in one line, or what else runs: since when, and whether it is cancelled."""
    if has_progress(activity):
        return f"{activity.progress:.0%}" if is_narrow else progress_of(activity)
    if activity.error is not None:
        return _reason(activity.error)
    return state_of(activity) if activity.is_cancelling else elapsed_of(activity)


def tip_of(activity: Activity) -> str:
    """Return the tooltip of an activity: its whole name, its state and time, its progress, its error in few lines."""
    lines = [name_of(activity), f"{state_of(activity)}  {elapsed_of(activity)}".rstrip()]
    if has_progress(activity):
        lines.append(progress_of(activity))
    if activity.error is not None:
        lines += _reason_lines(activity.error)
    return "\n".join(lines)


def short_name_of(activity: Activity) -> str:
    """Return the name for the status bar: a long one without its middle."""
    name = name_of(activity)
    return name if len(name) <= LONGEST_NAME else _without_middle(name, LONGEST_NAME)


def fitting_name_of(activity: Activity, others: Iterable[Activity], fits: Callable[[str], bool]) -> str:
    """Return the name for a row with little room.

    A name that does not fit loses the beginning that all names have: `seq_010_shot_0040_beauty` becomes
    `…0040_beauty`. It loses its end, too, if it still does not fit. A name that begins in its own way loses its middle.

    Args:
        activity: the script or render.
        others: the activities beside it, which may be among them.
        fits: a function that returns whether a text fits.
    """
    name = name_of(activity)
    names = [name, *(name_of(other) for other in others if other is not activity)]
    shared = os.path.commonprefix(names)  # noqa: RUF071 - of names, not of paths
    begin = max(shared.rfind(character) for character in "_-. ") + 1
    if 0 < begin < len(name) and shared != name:
        rest = name[begin:]
        texts = [name, f"…{rest}", *(f"…{rest[:length]}…" for length in range(len(rest) - 1, 0, -1))]
    else:
        texts = [name, *(_without_middle(name, length) for length in range(len(name) - 1, SHORTEST_NAME - 1, -1))]
    return next((text for text in texts if fits(text)), texts[-1])


def _without_middle(name: str, length: int) -> str:
    """Return a name of that length, with more of its end than of its begin: names differ at their ends."""
    begin = (length - 1) // 3
    return f"{name[:begin]}…{name[begin + 1 - length :]}"


def has_progress(activity: Activity) -> bool:
    """Return whether the activity runs, has a progress, and is not being cancelled."""
    return activity.state is State.RUNNING and activity.frames_total > 0 and not activity.is_cancelling


def clock(seconds: float) -> str:
    """Return a time as `0:07`, `12:34` or `1:02:03`."""
    minutes, second = divmod(max(int(seconds), 0), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
