"""A cluster of this machine's own: a scheduler on the farm's loop, and Dask workers as processes.

It listens on 127.0.0.1 only, and with certificates of its own: whoever reaches a scheduler runs code as its user, and
other users of this machine reach 127.0.0.1. The processes are started by a command, and not by `multiprocessing`, which
would run the caller's script again in each of them. They end with their scheduler, which ends with this process.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import subprocess
import sys
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from ...output.locked_folders import LockedFolder
from ...output.temporary_folders import CLUSTER_PREFIX, remove_left, temporary_folder
from ...pool.worker_process.program import PACKAGE_HOME
from ...render.errors import RenderError
from .dask_module import distributed

log = logging.getLogger("async_render")

END_TIMEOUT = 8.0
"""Seconds that all Dask workers together have to end by themselves."""

DEATH_TIMEOUT = "30"
"""Seconds that a Dask worker looks for its scheduler at its start."""

WITHOUT_DASHBOARD = (
    "this farm has no dashboard, which needs bokeh and numpy: pip install 'async-render[dashboard]', or in Blender the "
    "extension Async Render Farm"
)
"""Why there is no dashboard, and how to get it."""

_PEM = {"ca": "tls_ca_file", "cert": "tls_worker_cert", "key": "tls_worker_key"}
"""The files of a worker's certificate, each with the attribute of `distributed.Security` that has its content."""

_OPTION = {"ca": "--tls-ca-file", "cert": "--tls-cert", "key": "--tls-key"}
"""The options of Dask's worker that name these files."""


class Embedded:
    """A scheduler, and Dask workers of one thread each.

    Attributes:
        address: the scheduler's address.
        security: what a client needs to be let in.
        has_dashboard: whether Dask's dashboard can be drawn: it needs bokeh and numpy.
    """

    def __init__(
        self, scheduler: Any, security: Any, folder: LockedFolder, silence: ExitStack, *, has_dashboard: bool
    ) -> None:
        self.has_dashboard = has_dashboard
        self.address: str = scheduler.address
        self.security = security
        self._scheduler = scheduler
        self._folder = folder
        self._silence = silence
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> None:
        """Start a Dask worker, with its nanny."""
        number, folder = len(self._workers) + 1, self._folder.path
        certificates = [part for name, option in _OPTION.items() for part in (option, str(folder / f"{name}.pem"))]
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
        names = ["--name", f"local-{number}", "--local-directory", str(folder), "--death-timeout", DEATH_TIMEOUT]
        with (folder / f"worker_{number}.log").open("ab") as log:
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
        """End the Dask workers, and then the scheduler.

        A nanny that gets SIGTERM while its worker ends with the scheduler waits for the worker, and the worker for the
        nanny: eight seconds, with distributed 2026.8, and less than one in this order.
        """
        with self._silence:
            self._silence.enter_context(_only(logging.CRITICAL))  # a worker may end before it has answered an order
            await asyncio.to_thread(self._end_workers)
            await self._scheduler.close()
        await asyncio.to_thread(self._folder.remove)

    def _end_workers(self) -> None:
        deadline = monotonic() + END_TIMEOUT
        for process in self._workers:
            process.terminate()
        for process in self._workers:
            try:
                process.wait(max(deadline - monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _homes() -> list[str]:
    """Return where this package and Dask are. All of `sys.path` would be too much: `import bpy` has added to it."""
    dask = Path(str(distributed().__file__)).parents[1]
    return list(dict.fromkeys((str(PACKAGE_HOME), str(dask))))


def _only(level: int) -> AbstractContextManager[None]:
    """Return a `with` block in which Dask prints records of such a level, and above."""
    only: AbstractContextManager[None] = importlib.import_module("distributed.utils").silence_logging_cmgr(level)
    return only


def _can_draw() -> bool:
    """Return whether Dask's dashboard can be drawn, by its import: Dask says nothing where its scheduler cannot.

    The import takes 0.6 seconds, and 13 MB. bokeh may be there without numpy, as in a Blender of Debian's.
    """
    try:
        importlib.import_module("distributed.dashboard.scheduler")
    except ImportError as error:
        log.info("%s (%s)", WITHOUT_DASHBOARD, error)
        return False
    return True


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
    await asyncio.to_thread(remove_left)
    async with AsyncExitStack() as if_it_fails:
        folder = temporary_folder(CLUSTER_PREFIX)  # only this user can read it: it has a private key
        if_it_fails.callback(folder.remove)
        for name, attribute in _PEM.items():
            (folder.path / f"{name}.pem").write_text(getattr(security, attribute), encoding="ascii")
        silence = ExitStack()  # the scheduler of a cluster of one's own tells nobody of each connection
        silence.enter_context(_only(logging.WARNING))
        if_it_fails.callback(silence.close)
        has_dashboard = await asyncio.to_thread(_can_draw)
        scheduler = module.Scheduler(
            host="tls://127.0.0.1", port=0, security=security, dashboard=has_dashboard, dashboard_address="127.0.0.1:0"
        )
        if_it_fails.push_async_callback(scheduler.close)
        await scheduler
        cluster = Embedded(scheduler, security, folder, silence, has_dashboard=has_dashboard)
        for _ in range(count):
            cluster.start_worker()
        if_it_fails.pop_all()
    return cluster
