"""Scripts that run in a Python process of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .checkout import ROOT

PATIENCE = 60.0
"""Seconds that tests wait for a state, on a machine that is six times slower."""


def children(pid: int) -> list[int]:
    """The processes that a process has started, whichever of its threads did."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended this moment; another one has them
            found += map(int, (thread / "children").read_text().split())
    return found


def addresses_listened_on(pid: int) -> set[str]:
    """The addresses on which a process takes connections, as Linux writes them."""
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    sockets = [line.split() for table in tables for line in table]
    listening = {f"socket:[{fields[9]}]": fields[1].partition(":")[0] for fields in sockets if fields[3] == "0A"}
    files = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed this moment
            files.add(str(file.readlink()))
    return {address for name, address in listening.items() if name in files}


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask until it holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.05)


async def until(condition: Callable[[], bool], seen: Callable[[], object] = str, patience: float = PATIENCE) -> None:
    """Ask until it holds, while the loop turns.

    Args:
        condition: the state that will come.
        seen: returns what the error shows where that state does not come.
        patience: seconds until the error.
    """
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"it has not come to that: {seen()}"
        await asyncio.sleep(0.02)


def start_script(
    script: Path, *arguments: str | Path, own_session: bool = False, **environment: str
) -> subprocess.Popen[str]:
    """Start a script, which may import `tests`; what it prints comes by pipes, errors among the rest."""
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=own_session,
    )


def run_script(
    script: Path, *arguments: str | Path, timeout: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script, which may import `tests`, to its end."""
    return subprocess.run(
        [sys.executable, script, *arguments],
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _environment(changes: dict[str, str]) -> dict[str, str]:
    """Import paths stay: without an installed package they are where `async_render` is found."""
    paths = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **changes}
