"""The ways to run an asyncio loop in Blender's window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from time import perf_counter
from typing import Any, cast

import bpy

from async_render.blender.host.host import get_host

Main = Callable[[], Coroutine[Any, Any, Any]]


class Way:
    """Runs a coroutine, and measures the host meanwhile.

    Attributes:
        ticks: seconds of each tick.
    """

    name = ""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def start(self, main: Main) -> Future[Any]:
        """Start it. The future has what it returned."""
        raise NotImplementedError

    def end(self) -> None:
        """Leave nothing behind."""


class Ours(Way):
    """The loop of this package."""

    name = "ours"

    def start(self, main: Main) -> Future[Any]:
        """On the loop that Blender hosts, whose ticks are timed."""
        loop: Any = get_host().loop
        tick = type(loop).tick

        def timed_tick(patience: float = 0.0) -> Any:
            begin = perf_counter()
            try:
                return tick(loop, patience)
            finally:
                self.ticks.append(perf_counter() - begin)

        loop.tick = timed_tick
        return _started(loop, main)

    def end(self) -> None:
        """Take the clock away."""
        vars(get_host().loop).pop("tick", None)


class StepTimer(Way):
    """One iteration of a plain loop for each call of a timer."""

    def __init__(self, interval: float) -> None:
        super().__init__()
        self.name = f"(1) timer {interval * 1000:.0f} ms"
        self.interval = interval
        self.loop = asyncio.new_event_loop()

    def start(self, main: Main) -> Future[Any]:
        """On a loop of its own."""

        def step() -> float | None:
            if self.loop.is_closed():
                return None
            self.step()
            return self.interval

        bpy.app.timers.register(step, first_interval=self.interval)
        return _started(self.loop, main)

    def step(self) -> None:
        """One iteration."""
        begin = perf_counter()
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        self.ticks.append(perf_counter() - begin)

    def end(self) -> None:
        """Close the loop; the timer sees it."""
        self.loop.close()


class StepModal(StepTimer):
    """One iteration of a plain loop for each event of a modal operator with an event timer of 10 µs."""

    current: StepModal | None = None

    def __init__(self) -> None:
        super().__init__(1e-5)
        self.name = "(2) modal 10 µs"

    def start(self, main: Main) -> Future[Any]:
        """On a loop of its own."""
        StepModal.current = self
        if not hasattr(bpy.types, "WM_OT_async_step"):
            bpy.utils.register_class(WM_OT_async_step)
        operators, manager = cast(Any, bpy.ops), cast(Any, bpy.context.window_manager)
        with bpy.context.temp_override(window=manager.windows[0]):
            operators.wm.async_step("INVOKE_DEFAULT")
        return _started(self.loop, main)


class WM_OT_async_step(bpy.types.Operator):
    """Turns a loop from its event timer"""

    bl_idname, bl_label = "wm.async_step", "Async step"

    def invoke(self, context: Any, _event: Any) -> Any:
        """Begin."""
        self.timer = context.window_manager.event_timer_add(1e-5, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Any:
        """A step for each event of the timer, until the loop is closed."""
        way = StepModal.current
        if way is None or way.loop.is_closed():
            context.window_manager.event_timer_remove(self.timer)
            return {"FINISHED"}
        if event.type == "TIMER":
            way.step()
        return {"PASS_THROUGH"}


class Plain(Way):
    """Plain asyncio, in this process, while Blender's main loop waits for it: the limit."""

    name = "(3) plain asyncio"

    def start(self, main: Main) -> Future[Any]:
        """Run it to its end."""
        ended: Future[Any] = Future()
        begin = perf_counter()
        ended.set_result(asyncio.run(main()))
        self.ticks.append(perf_counter() - begin)
        return ended


def _started(loop: asyncio.AbstractEventLoop, main: Main) -> Future[Any]:
    ended: Future[Any] = Future()

    def end(task: asyncio.Task[Any]) -> None:
        error = task.exception()
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(task.result())

    task = loop.create_task(main())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    task.add_done_callback(end)
    return ended


_tasks: set[asyncio.Task[Any]] = set()
