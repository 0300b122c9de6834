"""The job beside a living window: Blender renders on a thread, and the task waits until the job is gone."""

from __future__ import annotations

import asyncio

from ...loop.shielded import to_the_end
from ..host.host import BlenderHost
from ..quirks.break_flag import BreakFlag
from ..window.windows import is_job_running
from .cancel import stop_job
from .job_events import JobEvents, JobRecord
from .render_operator import RenderOperator


async def run_in_window(host: BlenderHost, operator: RenderOperator, events: JobEvents, record: JobRecord) -> None:
    """Wait until the job is gone, and read the errors of its operator.

    When the task is cancelled the job is stopped, and `CancelledError` is raised when the job is gone.

    Args:
        host: the host whose loop is used.
        operator: the operator that has just started the job.
        events: the events of the job.
        record: the record of the job.
    """
    record.operator = operator
    outcome = record.outcome
    if operator.early_error is not None:
        outcome.messages.append(operator.early_error)
    job = _WindowJob(host, events, record)
    try:
        await job.until_gone()
    except asyncio.CancelledError:
        with BreakFlag() as flag:
            if job.is_running():
                flag.set()  # at once: Blender may draw for half a second before the loop comes to anything else
            # No job may be left alone: a job renders with the settings that its scene has at that moment.
            await to_the_end(lambda: stop_job(job.gone(), flag, job.is_running))
        raise
    if outcome.is_complete or (outcome.is_cancelled and not outcome.has_reports):
        return  # reports that others have made meanwhile do not belong to the render
    if outcome.has_reports:
        await operator.reports_handed_over()
    outcome.messages += [message for message in operator.errors() if message not in outcome.messages]


class _WindowJob:
    """A job that Blender runs on its render thread."""

    def __init__(self, host: BlenderHost, events: JobEvents, record: JobRecord) -> None:
        self._host = host
        self._events = events
        self._record = record

    async def until_gone(self) -> None:
        """Wait until Blender has the job no more.

        Blender calls the last handler 10–150 ms before, and cannot start the next render until then.
        """
        while is_job_running("RENDER"):
            if not self._record.ended.is_set():
                await self._record.ended.wait()
            elif self._record.is_over:
                self._record.outcome.has_successor = True  # the user has started a render, which ended this job
                break
            else:
                await self._host.next_turn()
        self._events.receive()  # the events of the last handlers

    def is_running(self) -> bool:
        """Return whether Blender still runs this job, and not a job that the user has started meanwhile."""
        self._events.receive()  # the end of the job may wait there
        return is_job_running("RENDER") and not self._record.ended.is_set() and not self._record.is_over

    async def gone(self) -> None:
        """Wait until Blender has no render job, or another render's."""
        while is_job_running("RENDER") and not self._record.is_over:
            await self._host.next_turn()
