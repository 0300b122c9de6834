"""A scheduler and workers of Dask as separate processes on 127.0.0.1, as a cluster has them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .checkout import ROOT
from .workers import PATIENCE, is_gone

UNSHARE = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.getuid() else [])]
"""The command whose process has mounts of its own."""

LOOPBACK = "127.0.0.1"

START_LIMIT = 120.0
"""Seconds until a process of Dask's must be ready, on a machine that is six times slower."""


class DaskCluster:
    """Processes of Dask, each killed at the end.

    Attributes:
        address: the scheduler's.
        workers: the processes of the workers; of the nannies where there are some.
    """

    def __init__(self, folder: Path, host: str = LOOPBACK, options: Sequence[str] = ()) -> None:
        """Start the scheduler.

        Args:
            folder: for logs, and for what Dask's workers write.
            host: the scheduler's address, and that of workers without another one.
            options: further options of all processes, as those of certificates.
        """
        self.folder = folder
        self._host = host
        self._options = options
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self._port = 0
        self.start_scheduler()

    def start_scheduler(self) -> None:
        """Start a scheduler; a second one has the port of the first."""
        self._file.unlink(missing_ok=True)
        options = ["--host", self._host, "--port", str(self._port), "--no-show", "--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self._start("scheduler", [*options, *self._options, "--scheduler-file", str(self._file)])
        deadline = time.monotonic() + START_LIMIT
        while not self._file.exists() or not self._file.stat().st_size:
            assert self.scheduler.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        self.address: str = json.loads(self._file.read_text())["address"]
        self._port = int(self.address.rpartition(":")[2])

    def add_worker(
        self,
        *options: str,
        nanny: bool = False,
        environment: Mapping[str, str] | None = None,
        mounts: Mapping[Path, str] | None = None,
        before: Sequence[str] = (),
    ) -> int:
        """Start a worker, and return the number of its process.

        Args:
            options: further options of `dask worker`.
            nanny: whether it has a nanny.
            environment: variables of its environment.
            mounts: folders over which it has an empty disk of its own, each with the disk's size as `"10m"`.
            before: the beginning of a command that runs it on another host.
        """
        given = ["--nthreads", "1", "--host", self._host, "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        given += ["--local-directory", str(self.folder), "--nanny" if nanny else "--no-nanny", *self._options, *options]
        before = [*before, *(_mounting(mounts) if mounts else [])]
        process = self._start("worker", [self.address, *given], environment, before)
        self.workers.append(process)
        return process.pid

    def log(self) -> str:
        return (self.folder / "dask.log").read_text(errors="replace")[-3000:]

    def _start(
        self,
        what: str,
        options: list[str],
        environment: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        command = [*before, sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        with (self.folder / "dask.log").open("ab") as log:
            return subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)

    def close(self) -> None:
        """Kill all processes; and their children, which nannies have."""
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


def _mounting(mounts: Mapping[Path, str]) -> list[str]:
    """Return the beginning of a command that sees empty disks in the place of folders."""
    mounted = [f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))}" for folder, size in mounts.items()]
    return [*UNSHARE, "sh", "-c", " && ".join([*mounted, 'exec "$0" "$@"'])]


def can_mount() -> bool:
    """Whether a process of this user may have disks that no other process sees."""
    command = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        child = int(stat.parent.name)
        if int(fields[1]) == pid and not is_gone(child):
            found += [child, *children_of(child)]
    return found
