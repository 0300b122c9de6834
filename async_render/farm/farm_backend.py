"""The backend of a farm: that of a pool, with a crew whose Blenders are beside Dask's workers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..pool import open_pools
from ..pool.local_backend import LocalBackend
from ..pool.pool_options import PoolOptions
from ..pool.thread_loop import wait_for_call
from ..pool.worker_process.child import Child
from ..render.errors import RenderError, WorkerError
from ..work.session import Program, current_session, own_program
from .cluster import embedded
from .cluster.dask_child import DaskChild
from .cluster.link import Link, connected
from .cluster.members import FarmCrew
from .file_ways.farm_child import FarmChild, FileWays
from .file_ways.path_map import PathMap
from .file_ways.shared_folders import SharedFolders
from .shipping.gathering import Gathering, listing_program


@dataclass(frozen=True, slots=True)
class FarmOptions:
    """The options of a farm beside those of a pool, as `DaskFarm` explains them."""

    address: str | None
    security: Any
    paths: PathMap
    connect_timeout: float
    worker_timeout: float


class FarmBackend(LocalBackend):
    """Workers of a Dask cluster.

    Attributes:
        link: the connection to the scheduler; None: there is none yet, or no more.
    """

    def __init__(self, options: PoolOptions, farm: FarmOptions) -> None:
        super().__init__(options)
        self.link: Link | None = None
        self._farm = farm
        self._cluster: embedded.Embedded | None = None
        # Both here, on the caller's thread, and not on the farm's: bpy belongs to the main thread.
        self._program = self._program_of_workers()
        gathering = Gathering(listing_program(options.blender))
        self._ways = FileWays(farm.paths, SharedFolders(farm.paths), gathering.assets_of)
        self._blender: tuple[str, tuple[int, ...]] | None = None

    @property
    def dashboard(self) -> str | None:
        """The address of Dask's dashboard; None: there is none."""
        if self.link is None or (self._cluster is not None and not self._cluster.has_dashboard):
            return None
        return self.link.dashboard

    def open(self) -> None:
        """Connect to the scheduler, and return when it has answered."""
        self._loop.submit(self._connect()).result()

    async def open_awaited(self) -> None:
        """Do the same, while the caller's loop lives."""
        await wait_for_call(self._loop.submit(self._connect()))

    def end_now(self, timeout: float) -> None:
        """Cancel all work, end all Blenders, the connection, and a cluster of the farm's own; wait so long at most."""
        self.cancel_all()
        with suppress(RuntimeError, TimeoutError):  # the loop is stopped already; or Dask needs longer
            self._loop.submit(self._disconnect()).result(timeout)
        self._loop.stop(timeout)
        self._files.release_all()
        open_pools.remove(self)

    async def _connect(self) -> None:
        farm, options = self._farm, self.options
        address, security = farm.address, farm.security
        if address is None:
            self._cluster = await embedded.started(options.workers)
            address, security = self._cluster.address, self._cluster.security
        self.link = link = await connected(address, security, farm.connect_timeout)

        async def start(number: int, worker: str) -> Child:
            if worker in self._ways.refused:
                raise self._ways.refused.pop(worker)
            child = FarmChild(link, worker, f"worker {number + 1}", self._ways)
            await child.start(self._program, options.nice, options.start_timeout)
            try:
                self._check_version(child)
            except WorkerError:
                await child.end()
                raise
            return child

        self.crew = FarmCrew(link, start, tries=options.tries, wear=options.wear, worker_timeout=farm.worker_timeout)

    async def _disconnect(self) -> None:
        crew, self.crew = self.crew, None
        link, self.link = self.link, None
        cluster, self._cluster = self._cluster, None
        if crew is not None:
            await crew.end()
        if link is not None:
            await link.close()
        if cluster is not None:
            await cluster.close()

    def _program_of_workers(self) -> Program | None:
        """Return the program of the Blenders; None: each Dask worker has its own."""
        path: Path | None = self.options.blender
        if path is None:
            return own_program() if self._farm.address is None else None
        return Program.at(path)

    def _check_version(self, child: DaskChild) -> None:
        """Refuse a Blender of another version than the first one: its pictures would differ."""
        version = child.hello.blender
        if self._blender is None or not (self.crew and self.crew.members):
            self._blender = child.address, version
        first, expected = self._blender
        if version[:2] != expected[:2]:
            raise WorkerError(
                f"the Dask worker {child.address} has Blender {_text(version)}, and {first} has {_text(expected)}: "
                "one farm needs one version"
            )


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def check_session(file: Path | None) -> None:
    """Refuse a farm without a file, where this process has no Blender.

    Raises:
        RenderError: there is nothing to render.
    """
    if file is None and current_session() is None:
        raise RenderError("this process has no Blender: write DaskFarm(…, file='shot.blend')")
