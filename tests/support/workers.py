"""Workers with the `bpy` module, and processes that must be gone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from async_render.pool.worker_process.process import ChildProcess, start_child
from async_render.work.session import Program

from .checkout import ROOT
from .processes import PATIENCE

ACTIONS = ROOT / "tests" / "support" / "worker_actions.py"
"""A script that gives a worker actions of its own."""


def python_program() -> Program:
    """This Python, whose workers have the actions of `worker_actions.py`."""
    return Program("python", Path(sys.executable), (str(ACTIONS),))


@asynccontextmanager
async def started(program: Program, folder: Path, **options: Any) -> AsyncIterator[ChildProcess]:
    """A worker, which is gone afterwards whatever happens."""
    child = await start_child(program, name="worker", log=folder / "worker.log", **options)
    try:
        yield child
    finally:
        child.kill("the test is over")
        await child.wait()


async def begin(child: ChildProcess, kind: str) -> asyncio.Task[dict[str, Any]]:
    """Let a worker do something that never ends, and return when it does that."""
    begun = asyncio.Event()
    request = child.request("bake", on_event=lambda _event: begun.set(), type=kind, properties={}, folder="")
    task = asyncio.create_task(request)
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
    assert begun.is_set(), task
    return task


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or only its number that nobody has asked for yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def seconds_until_gone(pids: Iterable[int]) -> float:
    """Wait until processes are gone, and return how long that took."""
    begin, left = time.monotonic(), set(pids)
    while left := {pid for pid in left if not is_gone(pid)}:
        if time.monotonic() > begin + PATIENCE:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"{left} lived on")
        time.sleep(0.01)
    return time.monotonic() - begin
