"""A cluster of this machine's own: a scheduler on the farm's loop, and Dask workers as processes.

It listens on 127.0.0.1 only, and with certificates of its own: whoever reaches a scheduler runs code as its user, and
other users of this machine reach 127.0.0.1. The processes are started by a command, and not by `multiprocessing`, which
would run the caller's script again in each of them. They end with their scheduler, which ends with this process.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..render.errors import RenderError
from .dask_module import distributed

END_TIMEOUT = 8.0
"""Seconds that the Dask workers have to end by themselves."""

DEATH_TIMEOUT = "30"
"""Seconds that a Dask worker looks for its scheduler at its start."""

_PEM = {"ca": "tls_ca_file", "cert": "tls_worker_cert", "key": "tls_worker_key"}


class Embedded:
    """A scheduler, and Dask workers of one thread each.

    Attributes:
        address: the scheduler's address.
        security: what a client needs to be let in.
        has_dashboard: whether Dask's dashboard can be drawn: it needs bokeh.
    """

    def __init__(self, scheduler: Any, security: Any, folder: Path, *, has_dashboard: bool) -> None:
        self.has_dashboard = has_dashboard
        self.address: str = scheduler.address
        self.security = security
        self._scheduler = scheduler
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> None:
        """Start a Dask worker, with its nanny."""
        number = len(self._workers) + 1
        certificates = [part for name in _PEM for part in (f"--tls-{_OPTION[name]}", str(self._folder / f"{name}.pem"))]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *certificates]
        options = [
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--dashboard-address",
            "127.0.0.1:0",
            "--memory-limit",
            "0",
        ]
        names = ["--name", f"local-{number}", "--local-directory", str(self._folder), "--death-timeout", DEATH_TIMEOUT]
        with (self._folder / f"worker_{number}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this very Python
                [*command, *options, *names],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_homes())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._workers.append(process)

    async def close(self) -> None:
        """End the Dask workers and the scheduler."""
        await self._scheduler.close()
        await asyncio.to_thread(self._end_workers)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _end_workers(self) -> None:
        for process in self._workers:
            process.terminate()
        for process in self._workers:
            try:
                process.wait(END_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _homes() -> list[str]:
    """Return where this package and Dask are. All of `sys.path` would be too much: `import bpy` has added to it."""
    package = Path(__file__).parents[2]
    dask = Path(str(distributed().__file__)).parents[1]
    return list(dict.fromkeys((str(package), str(dask))))


_OPTION = {"ca": "ca-file", "cert": "cert", "key": "key"}


async def started(count: int) -> Embedded:
    """Start a cluster of so many Dask workers.

    Raises:
        RenderError: something is not installed, or the scheduler cannot start.
    """
    module = distributed()
    try:
        security = module.Security.temporary()
    except ImportError as error:
        raise RenderError(
            f"DaskFarm() makes certificates by cryptography: pip install 'async-render[farm]' ({error})"
        ) from error
    has_dashboard = importlib.util.find_spec("bokeh") is not None
    scheduler = module.Scheduler(
        host="tls://127.0.0.1", port=0, security=security, dashboard=has_dashboard, dashboard_address="127.0.0.1:0"
    )
    folder = Path(tempfile.mkdtemp(prefix="async_render_cluster_"))  # of this user alone: mode 0700
    try:
        for name, attribute in _PEM.items():
            (folder / f"{name}.pem").write_text(getattr(security, attribute), encoding="ascii")
        with importlib.import_module("distributed.utils").silence_logging_cmgr(logging.WARNING):
            await scheduler
        cluster = Embedded(scheduler, security, folder, has_dashboard=has_dashboard)
        for _ in range(count):
            cluster.start_worker()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        await scheduler.close()
        raise
    return cluster
