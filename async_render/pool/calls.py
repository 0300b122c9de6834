"""The calls of a pool and of a farm: the same awaits as those of one Blender, whoever does the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Generic, Literal, TypeVar, Unpack, overload

from ..output.temporary_folders import CALL_PREFIX, temporary_folder
from ..render.blender_names import BakeType
from ..render.call_settings import settings_with
from ..render.errors import RenderError
from ..render.progress import Frame
from ..render.result import OperatorResult, RenderResult, StillResult, StillWithPixels
from ..render.setting_fields import SettingsFields, StillFields
from ..render.settings import RenderSettings
from ..render.written_frames import Frames, FramesBlock
from ..work.backend import Work
from ..work.session import current_session
from .call_works import animation_work, name_of, plain_properties, still_work
from .local_backend import END_TIMEOUT, LocalBackend
from .pool_options import PoolOptions
from .pool_progress import PoolProgress, shown, submitted

OwnBackend = TypeVar("OwnBackend", bound=LocalBackend)


class RenderCalls(Generic[OwnBackend]):
    """Calls that a backend does, each shown as an activity meanwhile. A subclass opens the backend.

    Args:
        options: the options of the backend that are the same for a pool and a farm.
    """

    _NOT_OPEN: ClassVar[str]
    """The message of a call while there is no backend."""

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._backend: OwnBackend | None = None

    async def render_animation(
        self,
        settings: RenderSettings | None = None,
        *,
        resume: bool = False,
        **fields: Unpack[SettingsFields],
    ) -> RenderResult:
        """Render an animation by all workers, as `ar.render_animation` does by one Blender.

        A movie is rendered as pictures, and encoded once, with its sound. A simulation without a baked cache is
        rendered by one worker, in order. A frame in which a worker dies is rendered by another one; a frame that ends
        `tries` workers is given up when all others are finished.

        Args:
            settings: as for `ar.render_animation`.
            resume: as for `ar.render_animation`.
            **fields: as for `ar.render_animation`.

        Returns:
            What `ar.render_animation` returns. `seconds` are those of the clock, for all frames.

        Raises:
            RenderError: as `ar.render_animation`; another pool writes the same files, or `job_timeout` was too short.
            WorkerError: workers died; with frame, exit code or signal, and the last lines of the log.

        Example:
            >>> async with ar.BlenderPool() as pool:
            ...     result = await pool.render_animation(filepath="//out/####")
        """
        result: RenderResult = await self._do(animation_work(settings, fields, resume))
        return result

    def render_frames(
        self,
        settings: RenderSettings | None = None,
        *,
        resume: bool = False,
        **fields: Unpack[SettingsFields],
    ) -> AbstractAsyncContextManager[Frames]:
        """Render an animation, and get each frame as it is written, in the order of writing.

        Args:
            settings: as for `ar.render_frames`.
            resume: as for `ar.render_frames`.
            **fields: as for `ar.render_frames`.

        Returns:
            The block, as of `ar.render_frames`.

        Example:
            >>> async with pool.render_frames(filepath="//out/####") as frames:
            ...     async for frame in frames:
            ...         print(frame.number, frame.path, frame.seconds)
        """
        work = animation_work(settings, fields, resume)

        def start(frames: Frames) -> Coroutine[Any, Any, RenderResult]:
            return self._do(work, frames.add, frames.show)

        return FramesBlock(start)

    @overload
    async def render_still(
        self,
        settings: RenderSettings | None = None,
        *,
        frame: float | None = None,
        write: bool = True,
        pixels: Literal[True],
        **fields: Unpack[StillFields],
    ) -> StillWithPixels: ...
    @overload
    async def render_still(
        self,
        settings: RenderSettings | None = None,
        *,
        frame: float | None = None,
        write: bool = True,
        pixels: bool = False,
        **fields: Unpack[StillFields],
    ) -> StillResult: ...
    async def render_still(
        self,
        settings: RenderSettings | None = None,
        *,
        frame: float | None = None,
        write: bool = True,
        pixels: bool = False,
        **fields: Unpack[StillFields],
    ) -> StillResult:
        """Render one picture by one worker, as `ar.render_still` does.

        Args:
            settings: as for `ar.render_still`.
            frame: as for `ar.render_still`.
            write: as for `ar.render_still`.
            pixels: as for `ar.render_still`.
            **fields: as for `ar.render_still`.

        Returns:
            What `ar.render_still` returns.

        Raises:
            RenderError: as `ar.render_still`.
            WorkerError: `tries` workers died.

        Example:
            >>> front = asyncio.create_task(pool.render_still(camera="Camera.Front", filepath="//front"))
            >>> top = await pool.render_still(camera="Camera.Top", filepath="//top")
            >>> print(top.files, (await front).files)
        """
        result: StillResult = await self._do(still_work(settings, fields, frame, write, pixels))
        return result

    async def bake(self, type: BakeType = "COMBINED", **properties: Any) -> OperatorResult:  # noqa: A002 - as ar.bake
        """Bake the selected objects in a worker, as `ar.bake` does. The images of the session get the pixels.

        With `BlenderPool(file=…)` there is no session: let the operator write files, by `save_mode="EXTERNAL"`.

        Args:
            type: as for `ar.bake`.
            **properties: as for `ar.bake`.

        Returns:
            How the bake ended, and its seconds.

        Raises:
            OperatorError: as `ar.bake`.
            RenderError: the bake goes into meshes, which stay in the worker.

        Example:
            >>> await pool.bake("DIFFUSE", pass_filter={"COLOR"}, margin=4)
            >>> bpy.data.images["Texture"].save()
        """
        with temporary_folder(CALL_PREFIX) as folder:
            options = {"type": type, "properties": plain_properties(properties), "folder": str(folder)}
            result: Mapping[str, Any] = await self._do(Work("bake", None, options))
            session = current_session() if self._file is None else None
            if session is not None:
                session.receive_baked(result["images"], folder)
        return OperatorResult(result["name"], result["status"], result["seconds"])

    async def mixdown(self, filepath: str | os.PathLike[str], **properties: Any) -> Path:
        """Write the sound of the scene into a file by one worker, as `ar.mixdown` does.

        The window stays alive in all versions of Blender, also in those in which `ar.mixdown` stops it.

        Args:
            filepath: as for `ar.mixdown`.
            **properties: as for `ar.mixdown`.

        Returns:
            The file's absolute path.

        Raises:
            RenderError: as `ar.mixdown`.

        Example:
            >>> await pool.mixdown("//out/sound.flac")
        """
        options = {"filepath": os.fspath(filepath), "properties": plain_properties(properties)}
        result: Path = await self._do(Work("mixdown", None, options))
        return result

    async def encode(
        self,
        frames: Iterable[str | os.PathLike[str]],
        settings: RenderSettings | None = None,
        **fields: Unpack[StillFields],
    ) -> RenderResult:
        """Encode pictures into a movie by one worker, as `ar.encode` does.

        Args:
            frames: as for `ar.encode`.
            settings: as for `ar.encode`.
            **fields: as for `ar.encode`.

        Returns:
            What `ar.encode` returns.

        Raises:
            RenderError: as `ar.encode`.

        Example:
            >>> result = await pool.render_animation(filepath="//frames/####", file_format="PNG")
            >>> await pool.encode(result.all_files, filepath="//film", file_format="FFMPEG", container="MPEG4")
        """
        paths = [os.fspath(frame) for frame in frames]
        result: RenderResult = await self._do(Work("encode", settings_with(settings, fields), {"frames": paths}))
        return result

    def submit(
        self,
        settings: RenderSettings | None = None,
        *,
        resume: bool = False,
        **fields: Unpack[SettingsFields],
    ) -> Future[RenderResult]:
        """Render an animation for code that is not async.

        Args:
            settings: as for `ar.render_animation`.
            resume: as for `ar.render_animation`.
            **fields: as for `ar.render_animation`.

        Returns:
            A future. Its `cancel` stops the workers, and so does *Cancel* in the panel. The future is done when they
            have stopped. The main thread must not wait for it in a window, which stands still meanwhile.

        Example:
            >>> with ar.BlenderPool(file="shot_01.blend") as pool:
            ...     futures = [pool.submit(frames=frames, filepath="//out/####") for frames in ("1-3", "10-12")]
            ...     print([future.result().frames for future in futures])
            [(1, 2, 3), (10, 11, 12)]
        """
        backend, work = self._backend_now(), animation_work(settings, fields, resume)
        name = name_of(work, self._file)
        return submitted(name, backend.log_text, lambda emit: backend.submit_here(work, emit), backend.dashboard)

    def cancel_all(self) -> None:
        """Cancel all calls, and return at once. The Blenders stay, and take new calls.

        Example:
            >>> pool.cancel_all()
        """
        if self._backend is not None:
            self._backend.cancel_all()

    def close(self) -> None:
        """Cancel all calls, and end the Blenders. `with` and `async with` do this.

        Example:
            >>> pool = ar.BlenderPool(workers=1)
            >>> pool.close()  # one that is not open stays closed
            >>> pool
            BlenderPool(workers=1, closed)
        """
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.end_now(END_TIMEOUT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the Blenders."""
        self.close()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the Blenders, while the caller's loop lives."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.close()

    @property
    def _file(self) -> Path | None:
        """The .blend file that is rendered; None: the session."""
        return self._options.file

    def _backend_now(self) -> OwnBackend:
        if self._backend is None:
            raise RenderError(self._NOT_OPEN)
        return self._backend

    async def _do(
        self,
        work: Work,
        on_frame: Callable[[Frame], None] | None = None,
        on_progress: Callable[[PoolProgress], None] | None = None,
    ) -> Any:
        """Let the workers do a piece of work, and show it meanwhile."""
        backend = self._backend_now()
        with shown(name_of(work, self._file), backend.log_text, backend.dashboard) as show:
            handle = await backend.submit(work)
            show.begin()
            try:
                async for event in handle.events():
                    frame = show.follow(event)
                    if on_progress is not None:
                        on_progress(show.progress)
                    if frame is not None and on_frame is not None:
                        on_frame(frame)
                result = await handle.result()
            except BaseException:
                await handle.stopped()
                raise
            files = result.files if isinstance(result, RenderResult) else ()
            show.end(files[-1] if files else None)
            return result
