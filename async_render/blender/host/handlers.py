"""Blender's handlers, awaited: `await ar.handler("frame_change_post")`."""

from __future__ import annotations

import asyncio
import difflib
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import bpy

from ..datablocks import by_uid
from ..handler_lists import Handler, add_handler, remove_handler
from .host import get_host

WATCH_INTERVAL = 0.25
"""Seconds between two looks whether somebody else has cleared the list of handlers."""


async def handler(name: str) -> Any:
    """Wait for the next call of one of Blender's handlers, whichever thread it comes from.

    Args:
        name: of a list in `bpy.app.handlers`.

    Returns:
        The first argument of the call: mostly the scene, for `load_post` the file's path. A scene or an object is
        found again on the main thread, as it is *now*; None when it is gone. Keep its name, not itself, across an
        `await`.

    Raises:
        ValueError: there is no such handler.

    Example:
        >>> scene = await ar.handler("frame_change_post")
    """
    stream = handler_stream(name)
    try:
        return await anext(stream)
    finally:
        await stream.aclose()


def handler_stream(name: str) -> HandlerStream:
    """All calls of one of Blender's handlers, from now on, in order.

    None is lost: those that come while the loop's body is busy wait, however many they are. The handler is removed when
    the `async for` is left in any way, and when the event loop is closed; it survives loading a file.

    Args:
        name: of a list in `bpy.app.handlers`.

    Returns:
        An asynchronous iterator of what `handler` returns.

    Raises:
        ValueError: there is no such handler.

    Example:
        >>> async for scene in ar.handler_stream("render_write"):
        ...     print("written:", scene.name)
    """
    return HandlerStream(name)


class HandlerStream:
    """See `handler_stream`.

    It is an object and no generator: a generator that `break` leaves would be closed one turn of the loop later.
    """

    def __init__(self, name: str) -> None:
        self._name = _checked(name)
        self._calls: deque[object] = deque()
        self._news = asyncio.Event()
        self._loop = get_host().loop
        self._handler = _appending(self._calls, self._news, self._loop)
        add_handler(name, self._handler, until=self._loop)
        self._end = weakref.finalize(self, remove_handler, name, self._handler)
        self._end.atexit = False

    @property
    def was_called(self) -> bool:
        """Whether a call waits to be taken."""
        return bool(self._calls)

    def __aiter__(self) -> HandlerStream:
        return self

    async def __anext__(self) -> Any:
        while not self._calls:
            if self._loop.is_closed():
                raise RuntimeError(
                    f"the handler stream of {self._name!r} belongs to a loop that is closed: each ar.run() without a "
                    "window has a loop of its own, and so has an add-on that is enabled again; make it where it is read"
                )
            if not self._end.alive:
                raise StopAsyncIteration
            add_handler(self._name, self._handler, until=self._loop)  # somebody else may have cleared the list
            self._news.clear()
            try:
                async with asyncio.timeout(WATCH_INTERVAL):
                    await self._news.wait()
            except TimeoutError:
                continue
        return _found_again(self._calls.popleft())

    def forget(self) -> None:
        """Hear only what comes from now on."""
        self._calls.clear()

    async def aclose(self) -> None:
        """Hear no more."""
        self._end()
        self._news.set()


def _checked(name: str) -> str:
    known = [item for item in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, item), list)]
    if name not in known:
        near = difflib.get_close_matches(name, known) or known
        raise ValueError(f"name={name!r} is not one of Blender's handlers; near to it: {', '.join(near)}")
    return name


def _appending(calls: deque[object], news: asyncio.Event, loop: asyncio.AbstractEventLoop) -> Handler:
    """A handler that may be called on any thread. It knows nothing of the stream, which can so be forgotten."""

    def append(*arguments: object) -> None:
        loop.call_soon_threadsafe(take_in, arguments[0] if arguments else None)

    def take_in(first: object) -> None:
        calls.append(_known(first))
        news.set()

    persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
    return persistent(append)


def _known(first: object) -> object:
    """A datablock by what survives a render thread and an undo, its `session_uid`; read on the main thread, soon."""
    try:
        return (first.id_type, first.session_uid) if isinstance(first, bpy.types.ID) else first
    except ReferenceError:
        return None  # it is gone already


def _found_again(call: object) -> Any:
    """The datablock of a call."""
    if not isinstance(call, tuple):
        return call
    id_type, uid = call
    datablocks: Any = {"SCENE": bpy.data.scenes, "OBJECT": bpy.data.objects}.get(id_type, ())
    return by_uid(datablocks, uid)
