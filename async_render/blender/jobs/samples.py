"""What Blender tells within a frame, without the render being slowed by who listens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter

import bpy

from ..handler_lists import Handler, add_handler, remove_handler
from ..host.host import BlenderHost
from ..window.windows import shows_render_result


class StatsHandler:
    """The handler `render_stats`, which is in Blender's list until it has heard something, and again when asked to.

    Cycles tells of samples up to a hundred times a frame, and on 5.2 each call of a handler, even of an empty one,
    waits for Python's lock: 2 % of a render of small frames. Blender asks for the lock only where a list of handlers is
    not empty: `bpy_app_generic_callback` in source/blender/python/intern/bpy_app_handlers.cc.

    It is never there while an image editor shows the Render Result: 5.2 hangs then, once in ten renders. To draw it,
    the main thread has Python's lock, and waits for that of Cycles's scene (`BlenderSession::draw` in
    intern/cycles/blender/session.cpp); Cycles has that one while it updates the scene and tells of it, and waits for
    Python's.
    """

    def __init__(self, host: BlenderHost, hear: Handler, interval: float) -> None:
        """Make it; it listens from `listen` on.

        Args:
            host: on whose main thread it is taken out of the list.
            hear: called with what Blender gives a handler, on the render thread.
            interval: seconds between two calls of `listen`.
        """
        self._host = host
        self._hear = hear
        self._shortest = interval / 2
        self._heard = 0.0
        self._is_paused = True

        def handler(*arguments: object) -> None:  # a function: Blender can make no method persistent
            self._on_stats(*arguments)

        persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
        self._handler = persistent(handler)  # another file may be loaded while Blender renders

    def listen(self) -> None:
        """Hear the next call. In the window: once the job has begun, and opened the editor that shows it."""
        if self._is_paused and (bpy.app.background or not shows_render_result()):
            self._is_paused = False
            add_handler("render_stats", self._handler)

    def close(self) -> None:
        """Hear nothing more."""
        remove_handler("render_stats", self._handler)

    def _on_stats(self, *arguments: object) -> None:
        """On the render thread, or headless on the main one, where nobody waits for a lock."""
        now = perf_counter()
        if now - self._heard < self._shortest:
            return  # those that come before the main thread takes this handler away
        self._heard = now
        self._hear(*arguments)
        if threading.current_thread() is not threading.main_thread():
            self._host.call_in_next_turn(self._pause)

    def _pause(self) -> None:
        self._is_paused |= remove_handler("render_stats", self._handler)
