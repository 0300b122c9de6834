"""What a pool tells of its workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .crew.crew import Crew
from .crew.member import Member


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker of a pool, at the moment of the question.

    Attributes:
        name: its name in messages and logs.
        pid: the number of its process; None: it is starting.
        state: what it does.
        frames: number of frames that its process has rendered.
        loads: how often its process has opened a file.
        megabytes: the memory of its process; None: the system does not tell.

    Example:
        >>> async with ar.BlenderPool(workers=1) as pool:
        ...     await pool.render_still(filepath="//still")
        ...     print(pool.workers[0].megabytes, "MB")
    """

    name: str
    pid: int | None
    state: Literal["starting", "idle", "busy"]
    frames: int
    loads: int
    megabytes: int | None


def infos_of(crew: Crew | None) -> tuple[WorkerInfo, ...]:
    """Return what is known of the workers. Any thread may ask."""
    return () if crew is None else tuple(_info(member) for member in tuple(crew.members))


def _info(member: Member) -> WorkerInfo:
    state, child, memory = member.state, member.child, member.memory
    return WorkerInfo(
        member.name,
        None if child is None else child.hello.pid,
        "starting" if child is None else "idle" if member.errand is None else "busy",
        0 if state is None else state.frames,
        0 if state is None else state.loads,
        None if memory is None else memory >> 20,
    )
