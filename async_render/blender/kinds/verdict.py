"""Which error a job's end is."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from ...render.errors import RenderCancelled, RenderError
from ..jobs.outcome import JobOutcome


class Facts(TypedDict):
    """What each error tells of a render."""

    frames: tuple[int, ...]
    files: tuple[Path, ...]
    frame: int | None


def failure_of(
    outcome: JobOutcome, whose: str, after: str, facts: Facts, *, disk_error: RenderError | None, elsewhere: str
) -> RenderError:
    """Return the error that describes why a job did not render all its frames.

    Args:
        outcome: what is known of the job.
        whose: the render, as the subject of the message.
        after: how far it came.
        facts: what the error tells besides.
        disk_error: what is wrong with its folder.
        elsewhere: where its files may be, as the end of a message.
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


_REASONS = {
    "ESC": "was cancelled in Blender",
    "OTHER_RENDER": "was ended by another render, which was started in Blender,",
    "FILE_LOAD": "was cancelled, since another file was loaded,",
    "UNDO": "was cancelled by an undo",
}
