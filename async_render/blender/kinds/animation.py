"""`render_animation` and `render_frames`: animations, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ...loop.shielded import cancel_and_wait, to_the_end, wait_until_done
from ...render.progress import Frame, Progress
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from .rendering import Listener, render
from .request import Request


async def render_animation(settings: RenderSettings | None = None, *, resume: bool = False) -> RenderResult:
    """Render an animation as *Render > Render Animation* does, and wait for it while Blender's window lives.

    Blender has one render job. Calls wait in a queue, in order, and for the renders that the user has started. The
    scene has the settings only while its render runs; afterwards, and after an error, it is as before. When the task is
    cancelled the render stops, in the middle of a frame, and `CancelledError` comes out when its job is gone.

    A movie grows beside its destination, and is moved there when it is complete; a movie that is cancelled is left as
    `name.partial.mkv`. Other add-ons find the path of the destination in the scene.

    Args:
        settings: the settings in which the render differs from the scene; None: none.
        resume: whether only frames are rendered whose files are missing or damaged, as after a crash.

    Returns:
        The frames, their files (each was checked, to its end) and the seconds.

    Raises:
        RenderError: the settings cannot work (nothing was changed), or Blender ended with an error.
        OutputError: Blender says that all is well, and files are missing, empty or cut off.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.

    Example:
        >>> await ar.render_animation(ar.RenderSettings(camera="Camera.Top", filepath="//top/####"))
    """
    result, _ = await render(Request.of(settings, resume=resume))
    return result


class Frames:
    """The frames of a render, as they are written.

    Attributes:
        progress: how far the render is; None while it waits for its turn.
        result: the result of the render; None before its end.
        is_over: whether the last frame was given to the caller.
    """

    def __init__(self, settings: RenderSettings | None, resume: bool) -> None:
        self.progress: Progress | None = None
        self.result: RenderResult | None = None
        self.is_over = False
        self._written: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._request = Request.of(settings, resume=resume)

    def _set_progress(self, progress: Progress) -> None:
        self.progress = progress

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self

    async def __anext__(self) -> Frame:
        frame = await self._written.get()
        if frame is None:
            self.is_over = True
            self._written.put_nowait(None)  # for a caller that asks again
            raise StopAsyncIteration
        return frame

    async def _render(self) -> None:
        try:
            self.result, _ = await render(self._request, Listener(self._written.put_nowait, self._set_progress))
        finally:
            self._written.put_nowait(None)


@asynccontextmanager
async def render_frames(settings: RenderSettings | None = None, *, resume: bool = False) -> AsyncIterator[Frames]:
    """Render an animation, and get each frame as it is written. To leave the block early cancels the render.

    In a window a frame comes at most a fifth of a second after it is written, so that short frames are slowed less.

    Args:
        settings: as for `render_animation`.
        resume: as for `render_animation`.

    Returns:
        An asynchronous iterator of `Frame` (number, path, seconds), with `progress` (sample, ETA) and `result`.

    Raises:
        Exception: as `render_animation`, when the block is left.

    Example:
        >>> async with ar.render_frames(ar.RenderSettings(filepath="//out/####")) as frames:
        ...     async for frame in frames:
        ...         print(frame.number, frame.path, frame.seconds)
    """
    frames = Frames(settings, resume)
    task = asyncio.create_task(frames._render(), name="render_frames")
    try:
        yield frames
    finally:
        has_failed = task.done()  # before anybody has asked for frames
        await (to_the_end(lambda: wait_until_done(task)) if frames.is_over else cancel_and_wait(task))
    if frames.is_over or has_failed:
        task.result()
