"""Rendering without a window: the loop goes on within a frame, and a render can be broken off.

There the operator keeps the main thread until the last frame is written. Blender calls its handlers on the main thread
then, between the frames, and they tick the loop. Within a frame of Cycles, or of any other engine that is written in
Python, its `render()` does its work on a thread of its own, as it does in the window, while the main thread turns the
loop. Either way the main thread can set the flag that ends the render.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import bpy

from ..host.host import BlenderHost
from ..quirks.break_flag import BreakFlag
from ..quirks.versions import ALL, is_tested

VERSIONS = ALL
"""Of `_with_short_batches`: tests/headless/jobs/test_cancel.py, tests/window/test_background.py."""


@contextmanager
def loop_within_frames(host: BlenderHost, engine: str, flag: BreakFlag) -> Iterator[None]:
    """Let an engine that is written in Python render on a thread, while the main thread turns the loop.

    Args:
        host: whose loop.
        engine: the engine's identifier.
        flag: set when the main thread has to leave while the engine still renders.
    """
    kind = _python_engine(engine)
    with ExitStack() as changed:
        if kind is not None:
            changed.enter_context(_replaced(kind, "render", _on_a_thread(host, kind.render, flag)))
        if kind is not None and engine == "CYCLES" and is_tested(VERSIONS):
            changed.enter_context(_replaced(kind, "update", _with_short_batches(kind.update)))
        yield


def _python_engine(engine: str) -> Any:
    """The class of an engine that is written in Python; None for others."""
    for kind in bpy.types.RenderEngine.__subclasses__():
        if getattr(kind, "bl_idname", None) == engine and "render" in vars(kind):
            return kind
    return None


@contextmanager
def _replaced(kind: Any, name: str, function: Callable[..., None]) -> Iterator[None]:
    """Blender looks the method up whenever it calls it: `bpy_class_call` in source/blender/python/intern/bpy_rna.cc."""
    original = vars(kind)[name]
    setattr(kind, name, function)
    try:
        yield
    finally:
        setattr(kind, name, original)


def _on_a_thread(host: BlenderHost, render: Callable[..., None], flag: BreakFlag) -> Callable[..., None]:
    def render_and_turn_the_loop(self: Any, depsgraph: bpy.types.Depsgraph) -> None:
        if host.loop.is_running() or threading.current_thread() is not threading.main_thread():
            render(self, depsgraph)
            return
        failed: list[BaseException] = []
        done = threading.Event()

        def work() -> None:
            try:
                render(self, depsgraph)
            except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
                failed.append(error)
            finally:
                done.set()
                host.loop.call_soon_threadsafe(host.loop.stop)

        thread = threading.Thread(target=work, name="async_render frame")
        thread.start()
        try:
            while not done.is_set():
                try:
                    host.loop.run_forever()
                except (SystemExit, KeyboardInterrupt) as error:
                    host.interrupt(error)
        finally:  # Blender frees the engine when this returns
            if not done.is_set():
                flag.set()
            thread.join()
        if failed:
            raise failed[0]

    return render_and_turn_the_loop


def _with_short_batches(update: Callable[..., None]) -> Callable[..., None]:
    """Let Cycles render as many samples between two looks at the flag as it does in the window.

    Without a window it looks every 30 s only: `guess_display_update_interval_in_seconds_for_num_samples` in
    intern/cycles/integrator/render_scheduler.cpp. A session knows that from `BlenderSession::headless` when it is made,
    in `update`; what else depends on it (no display) is asked for later, in `render`.
    """
    import _cycles  # type: ignore[import-not-found]  # Cycles' own module, built into Blender
    from cycles import engine as cycles_engine  # type: ignore[import-not-found]  # Blender's add-on

    path = os.path.dirname(cycles_engine.__file__)
    user_path = os.path.dirname(os.path.abspath(bpy.utils.user_resource("CONFIG", path="")))

    def update_as_in_the_window(self: Any, data: Any, depsgraph: Any) -> None:
        _cycles.init(path, user_path, False)
        try:
            update(self, data, depsgraph)
        finally:
            _cycles.init(path, user_path, bpy.app.background)

    return update_as_in_the_window
