"""`BlenderPool`: many Blenders on this machine, behind the same awaits as the one that is open.

`calls.py` has the calls, `local_backend.py` does the work, `crew.py` has the processes, and `dealing.py` decides who
renders which frame.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..render.errors import RenderError
from . import open_pools
from .calls import RenderCalls
from .local_backend import LocalBackend
from .pool_options import checked_options
from .worker_info import WorkerInfo, infos_of
from .worker_process.program import is_worker


class BlenderPool(RenderCalls[LocalBackend]):
    """Blenders that render for this process: the same calls as `ar.render_animation` and its brothers.

    The workers start when the block begins, open the session as it is now, with unsaved changes, and keep it open. They
    end with the block, and with this process, however it ends. Calls that run at the same time share the workers.

    Blender saves a copy of the session for them, at each call. Handlers of add-ons for `save_pre` and `save_post` run
    then; the session's file, its unsaved changes and its undo stay as they are. The workers have the saved preferences.
    Pictures name the copy in their metadata.

    Args:
        workers: number of Blenders; None: half of the processor's cores.
        blender: the program of the workers; None: that of this process, with its add-ons and preferences. A Python that
            has the module `bpy` is possible, too.
        file: the .blend file that is rendered; None: the session. Scripts in the file do not run.
        gpu: numbers of GPUs, from 0 on. Each worker sees one of them; None: all see all.
        recycle_after: number of frames after which a worker is replaced by a new one, or its memory, as `"4000 MB"`.
        nice: how much less than other programs a worker is, 0 to 19. With 10 the window stays smooth.
        start_timeout: seconds that a worker may need to start.
        frame_timeout: seconds that a frame may take. Then its worker is killed, and another one tries; None: no limit.
        job_timeout: seconds that a call may take; None: no limit.
        tries: how often a frame is rendered before it is given up.
        log_folder: the folder for what the workers print; None: a temporary folder, which stays for a day if a
            worker has died.

    Raises:
        ValueError: no pool can have the value.
        TypeError: a value has the wrong type.

    Example:
        >>> async with ar.BlenderPool(workers=2) as pool:
        ...     await pool.render_animation(filepath="//out/####")
    """

    _NOT_OPEN = "the pool is not open; write 'async with ar.BlenderPool() as pool:' around its calls"

    def __init__(
        self,
        workers: int | None = None,
        *,
        blender: str | os.PathLike[str] | None = None,
        file: str | os.PathLike[str] | None = None,
        gpu: Sequence[int] | None = None,
        recycle_after: int | str | None = None,
        nice: int = 10,
        start_timeout: float = 60.0,
        frame_timeout: float | None = None,
        job_timeout: float | None = None,
        tries: int = 3,
        log_folder: str | os.PathLike[str] | None = None,
    ) -> None:
        options = checked_options(
            workers,
            blender=blender,
            file=file,
            gpu=gpu,
            recycle_after=recycle_after,
            nice=nice,
            start_timeout=start_timeout,
            frame_timeout=frame_timeout,
            job_timeout=job_timeout,
            tries=tries,
            log_folder=log_folder,
        )
        super().__init__(options)

    def __repr__(self) -> str:
        state = "closed" if self._backend is None else "open"
        return f"BlenderPool(workers={self._options.workers}, {state})"

    @property
    def workers(self) -> tuple[WorkerInfo, ...]:
        """The workers: name, process, memory, and what each of them does.

        Example:
            >>> for worker in pool.workers:
            ...     print(worker.name, worker.pid, worker.state, worker.megabytes, "MB")
        """
        return () if self._backend is None else infos_of(self._backend.crew)

    def open(self) -> None:
        """Start the workers, and return at once. `with` and `async with` do this.

        Raises:
            RenderError: there is no program or no file, or the process is a worker itself.

        Example:
            >>> pool.open()  # an open pool stays as it is
            >>> pool
            BlenderPool(workers=1, open)
        """
        if self._backend is not None:
            return
        if is_worker():
            raise RenderError("BlenderPool() in a worker of a pool: open the pool in the process that renders nothing")
        backend = LocalBackend(self._options)
        try:
            backend.open()
        except BaseException:
            backend.end_now(1.0)
            raise
        self._backend = backend
        open_pools.add(backend)

    def __enter__(self) -> BlenderPool:
        """Start the workers."""
        self.open()
        return self

    async def __aenter__(self) -> BlenderPool:
        """Start the workers."""
        self.open()
        return self
