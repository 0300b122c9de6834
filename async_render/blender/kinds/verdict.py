"""The verdict on a render: which exception an outcome is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from ...output.integrity import FROM_BEFORE, MISSING
from ...render.errors import OutputError, RenderCancelled, RenderError
from ..jobs.outcome import JobOutcome


class Facts(TypedDict):
    """The facts about a render that each exception has."""

    frames: tuple[int, ...]
    files: tuple[Path, ...]
    frame: int | None


def failure_of(
    outcome: JobOutcome, whose: str, after: str, facts: Facts, *, disk_error: RenderError | None, elsewhere: str
) -> RenderError:
    """Return the exception that describes why a job did not render all its frames.

    Args:
        outcome: how the job ended.
        whose: the render, as the subject of the message.
        after: how far the render came, as `after 2 of 12 frames`.
        facts: the facts that the exception has.
        disk_error: what is wrong with the folder; None: nothing.
        elsewhere: where the files may be, as the end of a message.
    """
    if outcome.messages:
        reasons = [*outcome.messages, *([str(disk_error)] if disk_error else [])]
        return RenderError(f"{whose} failed {after}: {' '.join(reasons)}", **facts)
    if not outcome.is_cancelled:
        return RenderError(f"{whose} ended {after}, and Blender does not say why{elsewhere}", **facts)
    if outcome.reason in {"ESC", "UNKNOWN"} and disk_error is not None:
        error = RenderError(f"{whose} failed {after}: {disk_error}", **facts)
        error.__cause__ = disk_error
        return error
    if outcome.reason == "UNKNOWN":
        return RenderError(f"{whose} failed {after}; Blender's error stands in the Info editor{elsewhere}", **facts)
    return RenderCancelled(f"{whose} {_REASONS[outcome.reason]} {after}", reason=outcome.reason, **facts)


def damage_of(damaged: dict[Path, str], whose: str, facts: Facts, elsewhere: Callable[[], str]) -> OutputError:
    """Return the exception that describes files which are not complete although Blender says that all is well.

    Args:
        damaged: the files, each with what is wrong with it.
        whose: the render, as the subject of the message.
        facts: the facts that the exception has.
        elsewhere: returns where the files may be, as the end of a message; called where a file is missing.
    """
    file, why = next(iter(damaged.items()))
    others = f", and {len(damaged) - 1} more files are not whole" if len(damaged) > 1 else ""
    if why in {MISSING, FROM_BEFORE}:
        others += elsewhere()
    return OutputError(f"{whose}: {file} {why}{others}", damaged=damaged, **facts)


_REASONS = {
    "ESC": "was cancelled in Blender",
    "OTHER_RENDER": "was ended by another render, which was started in Blender,",
    "FILE_LOAD": "was cancelled, since another file was loaded,",
    "UNDO": "was cancelled by an undo",
}
