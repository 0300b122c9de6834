"""What a pool tells of its workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .crew import Crew
from .member import Member


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
    child = member.child
    memory = member.memory
    is_there = child is not None and child.ended is None
    return WorkerInfo(
        member.name,
        child.hello.pid if is_there and child is not None else None,
        "starting" if not is_there else "idle" if member.errand is None else "busy",
        member.frames,
        member.loads,
        None if memory is None else memory >> 20,
    )
