"""The job without a window: the loop goes on within a frame, and a render can be stopped there.

Without a window the operator keeps the main thread until the last frame is written. Blender calls the render handlers
on the main thread, between the frames, and they tick the loop. An engine that is written in Python, as Cycles is, does
the work of a frame in its method `render`. That method works on a thread here, as in a window, while the main thread
runs the loop. So the main thread can set the flag that stops the render, between the frames or within one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import bpy

from ...loop.shielded import to_the_end, wait_until_done
from ..host.host import BlenderHost
from ..quirks import break_flag
from ..quirks.break_flag import BreakFlag
from ..quirks.cycles import with_short_batches
from ..settings.scenes import KnownScene, found_again
from ..window.reports import message_of
from .outcome import JobOutcome
from .render_operator import call_render

T = TypeVar("T")


async def run_headless(
    host: BlenderHost, known: KnownScene, properties: Mapping[str, Any], outcome: JobOutcome
) -> None:
    """Render a scene, and return when Blender's operator has returned.

    When the task is cancelled the render is stopped, and `CancelledError` is raised when the operator has returned.

    Args:
        host: the host whose loop goes on meanwhile.
        known: the scene.
        properties: the properties of the render operator.
        outcome: gets the operator's error.

    Raises:
        RenderError: the scene is gone.
    """

    def render() -> None:
        try:
            call_render(found_again(known).name, properties)
        except RuntimeError as error:
            outcome.messages.append(message_of(error))
            break_flag.may_be_set()  # as by 5.x where it cannot read a path

    await call_beside_loop(host, lambda: found_again(known).render.engine, render)


async def call_beside_loop(host: BlenderHost, engine: Callable[[], str], render: Callable[[], T]) -> T:
    """Call a function that renders, while the loop goes on within the frames, and return its result.

    When the task is cancelled the render is stopped, and `CancelledError` is raised when the function has returned.

    Args:
        host: the host whose loop goes on meanwhile.
        engine: returns the identifier of the engine; called right before the function.
        render: the function.
    """
    is_started = False

    def call() -> T:
        nonlocal is_started
        is_started = True
        with loop_within_frames(host, engine(), flag):
            return render()

    with BreakFlag() as flag:
        returned = host.call_between_ticks(call)
        try:
            await asyncio.wait([returned])
        except asyncio.CancelledError:
            if is_started:
                flag.set()
                await to_the_end(lambda: wait_until_done(returned))
            else:
                returned.cancel()
            raise
    return returned.result()


@contextmanager
def loop_within_frames(host: BlenderHost, engine: str, flag: BreakFlag) -> Iterator[None]:
    """Let a Python engine render on a thread inside the `with` block, while the main thread runs the loop.

    Args:
        host: the host whose loop is run.
        engine: the engine's identifier; engines in C++ stay as they are.
        flag: is set when the main thread has to leave the loop while the engine still renders.
    """
    kind = _python_engine(engine)
    with ExitStack() as changed:
        if kind is not None:
            changed.enter_context(_replaced(kind, "render", _on_a_thread(host, kind.render, flag)))
        if kind is not None and engine == "CYCLES":
            changed.enter_context(_replaced(kind, "update", with_short_batches(kind.update)))
        yield


def _python_engine(engine: str) -> Any:
    """Return the class of an engine that is written in Python; None: the engine is written in C++."""
    for kind in bpy.types.RenderEngine.__subclasses__():
        if getattr(kind, "bl_idname", None) == engine and "render" in vars(kind):
            return kind
    return None


@contextmanager
def _replaced(kind: Any, name: str, function: Callable[..., None]) -> Iterator[None]:
    """Replace a method of an engine inside the `with` block.

    Blender finds the method each time that it calls it: `bpy_class_call` in source/blender/python/intern/bpy_rna.cc.
    """
    original = vars(kind)[name]
    setattr(kind, name, function)
    try:
        yield
    finally:
        setattr(kind, name, original)


def _on_a_thread(host: BlenderHost, render: Callable[..., None], flag: BreakFlag) -> Callable[..., None]:
    def render_and_run_the_loop(self: Any, depsgraph: bpy.types.Depsgraph) -> None:
        if host.loop.is_running() or threading.current_thread() is not threading.main_thread():
            render(self, depsgraph)
            return
        failed: list[BaseException] = []
        done = threading.Event()

        def work(engine: Any, depsgraph: bpy.types.Depsgraph) -> None:
            try:
                render(engine, depsgraph)
            except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
                failed.append(error)
            finally:
                done.set()
                host.loop.call_soon_threadsafe(host.loop.stop)

        thread = threading.Thread(target=work, name="async_render frame", args=(self, depsgraph))
        thread.start()
        # A task that fails meanwhile keeps the frames that called it. The engine must be gone when Blender frees it:
        # else Cycles frees its session too late, and 5.2 prints a ReferenceError.
        del self, depsgraph
        try:
            while not done.is_set():
                try:
                    host.run_until_stopped()
                except (SystemExit, KeyboardInterrupt) as error:
                    host.interrupt(error)
        finally:  # Blender frees the engine when this returns
            if not done.is_set():
                flag.set()
            thread.join()
        if failed:
            raise failed.pop()

    return render_and_run_the_loop
