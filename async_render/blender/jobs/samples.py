"""The samples of a frame, by the handler `render_stats`, without the render becoming slower."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter

import bpy

from ..handler_lists import Handler, add_handler, remove_handler
from ..host.host import BlenderHost
from ..window.windows import shows_render_result


class SamplesHandler:
    """The handler `render_stats`, which is in Blender's list until one event has come, and again after the next `add`.

    Cycles calls the handler up to a hundred times a frame. On 5.2 each call, even of an empty handler, waits for
    Python's lock: 2 % of a render of small frames. Blender asks for the lock only where a list of handlers is not
    empty: `bpy_app_generic_callback` in source/blender/python/intern/bpy_app_handlers.cc.

    The handler is never in the list while an image editor shows the Render Result: 5.2 hangs then, once in ten
    renders. To draw the result the main thread has Python's lock, and waits for the lock of Cycles's scene
    (`BlenderSession::draw` in intern/cycles/blender/session.cpp). Cycles has the lock of its scene while it updates
    the scene and calls the handler, and waits for Python's lock.
    """

    def __init__(self, host: BlenderHost, receive: Callable[..., object], interval: float) -> None:
        """Make the handler; `add` puts it into the list.

        Args:
            host: the host on whose main thread the handler is taken out of the list.
            receive: called on the render thread with `"render_stats"` and what Blender gives a handler.
            interval: seconds between two calls of `add`.
        """
        self._host = host
        self._receive = receive
        self._shortest = interval / 2
        self._received_at = 0.0
        self._is_in_list = False

        def handler(*given: object) -> None:  # a function: Blender can make no method persistent
            self._on_stats(*given)

        persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
        self._handler = persistent(handler)  # another file may be loaded while Blender renders

    def add(self) -> None:
        """Receive the next event. In a window: once the job has begun, and has opened the editor that shows it."""
        if not self._is_in_list and (bpy.app.background or not shows_render_result()):
            self._is_in_list = True
            add_handler("render_stats", self._handler)

    def remove(self) -> None:
        """Receive no more events."""
        remove_handler("render_stats", self._handler)

    def _on_stats(self, *given: object) -> None:
        """Hand an event over. On the render thread; headless on the main thread, where nothing waits for a lock."""
        now = perf_counter()
        if now - self._received_at < self._shortest:
            return  # an event that comes before the main thread takes this handler out of the list
        self._received_at = now
        self._receive("render_stats", *given)
        if threading.current_thread() is not threading.main_thread():
            self._host.call_in_next_turn(self._pause)

    def _pause(self) -> None:
        if remove_handler("render_stats", self._handler):
            self._is_in_list = False
