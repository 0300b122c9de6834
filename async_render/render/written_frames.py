"""The frames of a render, one after the other as they are written, and the `async with` block around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, NoReturn

from ..loop.shielded import cancel_and_wait, to_the_end, wait_until_done
from .progress import Frame, Progress
from .result import RenderResult


class _Waiting(Progress):
    """The progress of a render that waits for its turn: which frames it has is not known yet."""

    def __init__(self) -> None:
        super().__init__((), {})

    def __repr__(self) -> str:
        return "Progress(waiting)"

    def seconds_until(self, count: int) -> float | None:  # noqa: ARG002 - as `Progress` has it
        return None


class Frames:
    """The frames of a render, as they are written.

    Attributes:
        progress: how far the render is. While the render waits for its turn, its progress has no frames and no ETA.
        result: the result of the render; None before its end.
        is_over: whether the last frame was given to the caller.

    Example:
        >>> async with ar.render_frames(filepath="//out/####") as frames:
        ...     async for frame in frames:
        ...         print(frame.number, "of", len(frames.progress.frames))
        >>> print(frames.result.seconds, "s")
    """

    def __init__(self) -> None:
        self.progress: Progress = _Waiting()
        self.result: RenderResult | None = None
        self.is_over = False
        self._written: asyncio.Queue[Frame | None] = asyncio.Queue()

    def __repr__(self) -> str:
        return f"Frames({self.progress!r}, result={self.result!r})"

    def add(self, frame: Frame) -> None:
        """Give a written frame to the caller. The render calls this method.

        Args:
            frame: the frame, whose files are complete.

        Example:
            >>> frames = ar.Frames()
            >>> frames.add(ar.Frame(7, (Path("0007.png"),), seconds=2.5))
            >>> (await anext(frames)).number
            7
        """
        self._written.put_nowait(frame)

    def show(self, progress: Progress) -> None:
        """Set the progress. The render calls this method.

        Args:
            progress: how far the render is.

        Example:
            >>> frames = ar.Frames()
            >>> frames.show(ar.Progress(range(1, 5), {}))
            >>> len(frames.progress.frames)
            4
        """
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

    async def _fill(self, render: Coroutine[Any, Any, RenderResult]) -> None:
        try:
            self.result = await render
        finally:
            self._written.put_nowait(None)


class FramesBlock(AbstractAsyncContextManager[Frames, None]):
    """The block `async with ar.render_frames() as frames`: the render begins and ends with the block.

    Args:
        start: makes the coroutine of the render, which gives its frames to `Frames`.
    """

    def __init__(self, start: Callable[[Frames], Coroutine[Any, Any, RenderResult]]) -> None:
        self._start = start
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Frames:
        self._frames = Frames()
        render = self._start(self._frames)
        self._task = asyncio.create_task(self._frames._fill(render), name="render_frames")
        return self._frames

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, frames = self._task, self._frames
        assert task is not None
        has_failed = task.done()  # before anybody has asked for frames
        await (to_the_end(lambda: wait_until_done(task)) if frames.is_over else cancel_and_wait(task))
        if kind is None and (frames.is_over or has_failed):
            task.result()

    def __aiter__(self) -> NoReturn:
        """Raise an error that names the way to write `async for frame in ar.render_frames()`."""
        raise TypeError(_REMEDY)

    def __enter__(self) -> NoReturn:
        """Raise an error that names the way to write `with ar.render_frames()`."""
        raise TypeError(_REMEDY)

    def __exit__(self, *_: object) -> None:
        """Do nothing: Python asks for both, `__enter__` and `__exit__`."""

    def __await__(self) -> NoReturn:
        """Raise an error that names the way to write `await ar.render_frames()`."""
        raise TypeError(_REMEDY)


_REMEDY = (
    "render_frames() is a block: write 'async with ar.render_frames() as frames:' "
    "and, inside, 'async for frame in frames:'"
)
