"""`DaskFarm`: Blenders on many machines, behind the same awaits as the one that is open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from ..pool import open_pools
from ..pool.calls import RenderCalls
from ..pool.local_backend import END_TIMEOUT
from ..pool.pool_options import checked_options, seconds
from ..pool.worker_info import WorkerInfo, infos_of
from ..pool.worker_process.program import is_worker
from ..render.errors import RenderError, quoted
from .cluster.dask_module import distributed
from .cluster.open_scheduler import warn_of
from .farm_backend import FarmBackend, FarmOptions, check_session
from .file_ways.path_map import PathMap


class DaskFarm(RenderCalls[FarmBackend]):
    """Blenders on many machines, by a cluster of Dask's `distributed`: the same calls as `BlenderPool`.

    Each worker of the cluster has one Blender, which stays warm between frames. Workers may come and go meanwhile. To
    a worker that does not see the file's folder, or the output folder, files are sent, and its frames come back.

    Args:
        address_or_client: the scheduler's address, or a `distributed.Client`; None: a cluster on this machine alone, of
            half as many workers as the processor has cores.
        blender: the program on the workers' machines; None: that of `ASYNC_RENDER_BLENDER` in a worker's environment,
            the module `bpy` of its Python, or `blender` on its PATH. In a cluster of one's own: that of this process.
        file: the .blend file that is rendered; None: the session.
        security: a `distributed.Security` with certificates, for an address that begins with `tls://`.
        paths: folders of this machine, each with its name on the workers: `{"/mnt/here": "/mnt/there"}`.
        workers: number of workers of a cluster of one's own.
        recycle_after: as for `BlenderPool`.
        nice: as for `BlenderPool`.
        connect_timeout: seconds until the scheduler must answer, also when the connection is lost later.
        worker_timeout: seconds that calls wait while the scheduler has no worker.
        start_timeout: as for `BlenderPool`.
        frame_timeout: as for `BlenderPool`.
        job_timeout: as for `BlenderPool`.
        tries: as for `BlenderPool`.

    Raises:
        ValueError: no farm can have the value.
        TypeError: a value has the wrong type.

    Example:
        >>> async with ar.DaskFarm(workers=2) as farm:  # or ar.DaskFarm("tcp://scheduler:8786")
        ...     await farm.render_animation(filepath="//out/####", frames="1-4")
    """

    _NOT_OPEN = "the farm is not open; write 'async with ar.DaskFarm(…) as farm:' around its calls"

    def __init__(
        self,
        address_or_client: Any = None,
        *,
        blender: str | os.PathLike[str] | None = None,
        file: str | os.PathLike[str] | None = None,
        security: Any = None,
        paths: Mapping[str | os.PathLike[str], str | os.PathLike[str]] | None = None,
        workers: int | None = None,
        recycle_after: int | str | None = None,
        nice: int = 10,
        connect_timeout: float = 30.0,
        worker_timeout: float = 60.0,
        start_timeout: float = 60.0,
        frame_timeout: float | None = None,
        job_timeout: float | None = None,
        tries: int = 3,
    ) -> None:
        address, of_client = _address(address_or_client)
        if address is not None and workers is not None:
            raise ValueError(f"workers={workers}: the cluster at {address!r} has its own workers; leave workers out")
        options = checked_options(
            workers,
            blender=blender,
            file=file,
            gpu=None,
            recycle_after=recycle_after,
            nice=nice,
            start_timeout=start_timeout,
            frame_timeout=frame_timeout,
            job_timeout=job_timeout,
            tries=tries,
            log_folder=None,
        )
        super().__init__(options)
        self._farm = FarmOptions(
            address,
            of_client if security is None else security,
            PathMap(paths),
            seconds("connect_timeout", connect_timeout),
            seconds("worker_timeout", worker_timeout),
        )

    def __repr__(self) -> str:
        state = "closed" if self._backend is None else "open"
        return f"DaskFarm({self._farm.address or f'workers={self._options.workers}'}, {state})"

    @property
    def workers(self) -> tuple[WorkerInfo, ...]:
        """The workers: name, process, memory, and what each of them does.

        Example:
            >>> for worker in farm.workers:
            ...     print(worker.name, worker.pid, worker.state, worker.megabytes, "MB")
        """
        return () if self._backend is None else infos_of(self._backend.crew)

    @property
    def dashboard(self) -> str | None:
        """The address of Dask's dashboard; None: the cluster has none, or the farm is not open.

        Example:
            >>> if farm.dashboard is not None:
            ...     print("see", farm.dashboard)
        """
        return None if self._backend is None else self._backend.dashboard

    def open(self) -> None:
        """Connect to the scheduler. `with` does this, and `async with` while the caller's loop lives.

        Raises:
            RenderError: no scheduler answers, there is no file, or Dask is not installed.
        """
        if self._backend is None:
            self._check()
            self._check_dask()
            backend = FarmBackend(self._options, self._farm)
            try:
                backend.open()
            except BaseException:
                backend.end_now(END_TIMEOUT)
                raise
            self._set(backend)

    def __enter__(self) -> DaskFarm:
        """Connect to the scheduler."""
        self.open()
        return self

    async def __aenter__(self) -> DaskFarm:
        """Connect to the scheduler."""
        if self._backend is None:
            self._check()
            await asyncio.to_thread(self._check_dask)
            backend = FarmBackend(self._options, self._farm)
            try:
                await backend.open_awaited()
            except BaseException:
                await backend.close()
                raise
            self._set(backend)
        return self

    def _check(self) -> None:
        """Refuse a farm that cannot render here, before anything starts."""
        if is_worker():
            raise RenderError("DaskFarm() in a worker of a pool: open the farm in the process that renders nothing")
        check_session(self._file)

    def _check_dask(self) -> None:
        """Import Dask, and warn of an open scheduler. Both may take seconds: the import, and the look-up of a name."""
        distributed()
        if self._farm.address is not None:
            warn_of(self._farm.address)

    def _set(self, backend: FarmBackend) -> None:
        self._backend = backend
        open_pools.add(backend)


def _address(given: Any) -> tuple[str | None, Any]:
    """Return the address of a scheduler, and the security of a client."""
    if given is None:
        return None, None
    if isinstance(given, str):
        if not given:
            raise ValueError("address_or_client='' is no address; write DaskFarm('tcp://scheduler:8786')")
        return given, None
    scheduler = getattr(given, "scheduler", None)
    address = getattr(scheduler, "address", None)
    if not isinstance(address, str):
        raise TypeError(
            f"address_or_client={quoted(given)} is neither an address nor a distributed.Client; "
            "write DaskFarm('tcp://scheduler:8786')"
        )
    return address, getattr(given, "security", None)
