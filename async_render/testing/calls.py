"""The calls that a test records, and the answers that it orders."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..render.activity import Activity, Kind, State
from ..render.result import RenderResult
from ..render.segments import Segment
from ..render.settings import RenderSettings
from .default_results import FakeScene


@dataclass(eq=False)
class Call:
    """A call of a function of `async_render`.

    Attributes:
        name: the function's name, as `render_animation`.
        settings: the settings, with the fields that were given as keywords; empty where the function takes none.
        arguments: the other arguments, with their defaults.
        is_render: whether the function takes settings, and waits for the renders before it.
        state: queued, running, finished, cancelled or failed.
        result: the result that the call returned; None before.
        error: the exception that ended the call; None: none did.

    Example:
        >>> [(call.name, call.settings.camera) for call in renders.calls]
        [('render_still', 'Front')]
    """

    name: str
    settings: RenderSettings = field(default_factory=RenderSettings)
    arguments: dict[str, Any] = field(default_factory=dict)
    is_render: bool = False
    state: State = State.QUEUED
    result: Any = None
    error: BaseException | None = None

    @property
    def activity(self) -> Activity:
        """The activity, as `ar.queue()` has it."""
        name = self.settings.segment or self.settings.scene or self.name
        return Activity(kind=Kind.RENDER, name=name, state=self.state)


When = Callable[[Call], bool] | str | None


@dataclass
class _Answer:
    answer: Any
    when: When
    times: int | None
    after: asyncio.Event | None

    def fits(self, call: Call) -> bool:
        """Return whether this is the answer to a call."""
        if self.times == 0:
            return False
        return self.when(call) if callable(self.when) else self.when in {None, call.name}


class FakeRenders:
    """The renders of a script under test, and the answers that the test orders.

    Attributes:
        calls: all calls, in order.
        segments: what `ar.segments()` returns.
        scene: what default results are made for: the range of frames and the folder.

    Example:
        >>> with fake_renders() as renders:
        ...     renders.answer(ar.RenderError("the disk is full"))
        ...     asyncio.run(deliver())
        >>> renders.calls[0].state
        <State.FAILED: 'failed'>
    """

    def __init__(self, scene: FakeScene, segments: Sequence[Segment]) -> None:
        self.calls: list[Call] = []
        self.segments = tuple(segments)
        self.scene = scene
        self._answers: list[_Answer] = []
        self._given_out = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._locks: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}

    def answer(
        self, answer: Any = None, *, when: When = None, times: int | None = 1, after: asyncio.Event | None = None
    ) -> None:
        """Order the answer to the next call that it fits.

        Args:
            answer: an exception is raised, and any other value is the result. A function is called with the `Call`, and
                what the function returns, or awaits, is the answer. None: the result that the call has by default.
            when: which calls are answered: the name of a function of `ar`, or a function of the `Call`. None: all.
            times: to how many calls; None: to all.
            after: an event. The call waits for it, so that a test can cancel the call, or let a timeout pass.

        Example:
            >>> renders.answer(ar.RenderError("no camera"), when=lambda call: call.settings.camera == "Top")
        """
        self._answers.append(_Answer(answer, when, times, after))

    async def next_call(self) -> Call:
        """Wait for the next call, and return it. Each call is returned once.

        Example:
            >>> task = asyncio.create_task(deliver())
            >>> call = await renders.next_call()
            >>> task.cancel()
        """
        while self._given_out == len(self.calls):
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        self._given_out += 1
        return self.calls[self._given_out - 1]

    def record(self, call: Call) -> None:
        """Record a call. The replacements for functions of `ar` use `record`, `turn` and `answer_to`."""
        self.calls.append(call)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    @asynccontextmanager
    async def turn(self, call: Call) -> AsyncIterator[None]:
        """Let a call run inside the block: a render when those before it have ended, as in Blender."""
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        try:
            if call.is_render:
                async with lock:
                    call.state = State.RUNNING
                    yield
            else:
                call.state = State.RUNNING
                yield
        except BaseException as error:
            call.state = State.CANCELLED if isinstance(error, asyncio.CancelledError) else State.FAILED
            call.error = error
            raise
        call.state = State.FINISHED

    async def answer_to(self, call: Call, default: Callable[[], Any]) -> Any:
        """Return the answer to a call, or raise it.

        Args:
            call: the call.
            default: makes the result where the test has ordered none.
        """
        await asyncio.sleep(0)  # as every real render, a fake one lets other tasks run
        ordered = next((item for item in self._answers if item.fits(call)), None)
        answer = None
        if ordered is not None:
            ordered.times = None if ordered.times is None else ordered.times - 1
            if ordered.after is not None:
                await ordered.after.wait()
            answer = ordered.answer
        if callable(answer):
            answer = answer(call)
            if inspect.isawaitable(answer):
                answer = await answer
        if isinstance(answer, BaseException):
            raise answer
        call.result = default() if answer is None else answer
        if isinstance(call.result, RenderResult):
            self.scene.write(call.result.files)
        return call.result
