"""Blender's handlers, awaited: `await ar.handler("frame_change_post")`."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import bpy

from ...render.blender_names import HandlerName
from ...render.errors import near
from ..datablocks import by_uid
from ..handler_lists import Handler, add_handler, remove_handler
from .host import get_host
from .own_loop import require_own_loop

POLL_INTERVAL = 0.25
"""Seconds until a stream checks again whether another add-on has cleared the list of handlers."""


async def handler(
    name: HandlerName,
    *,
    timeout: float | None = None,  # noqa: ASYNC109 - one word where people would write a block
    where: Callable[[Any], object] | None = None,
) -> Any:
    """Wait for the next call of one of Blender's handlers, on whichever thread Blender calls it.

    Args:
        name: the name of a list in `bpy.app.handlers`.
        timeout: the seconds after which the wait ends; None: it does not end.
        where: a function of what `handler` returns; calls for which it is false are passed over. None: the next call.

    Returns:
        The first argument of the call: in most cases the scene, for `load_post` the file's path. A scene or an object
        is found again on the main thread, as it is *now*; None: it is gone. Keep its name, and not the object, across
        an `await`.

    Raises:
        ValueError: there is no such handler.
        TimeoutError: the seconds have passed.

    Example:
        >>> scene = await ar.handler("frame_change_post", timeout=10, where=lambda scene: scene.frame_current == 2)
    """
    require_own_loop("ar.handler()")
    if timeout is not None and not isinstance(timeout, int | float):
        raise TypeError(f"timeout={timeout!r} is no number; write seconds, or None to wait for ever")
    if where is not None and not callable(where):
        raise TypeError(
            f"where={where!r} is no function; write for example where=lambda scene: scene.frame_current > 9"
        )
    stream = handler_stream(name)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            while True:
                first = await anext(stream)
                if where is None or where(first):
                    return first
    except TimeoutError as error:
        if not limit.expired():  # `where` has raised it
            raise
        fitting = "" if where is None else " for which where= is true"
        raise TimeoutError(f"timeout={timeout:g}: no call of the handler {name!r}{fitting} has come") from error
    finally:
        await stream.aclose()


def handler_stream(name: HandlerName) -> HandlerStream:
    """Receive all calls of one of Blender's handlers, from now on, in order.

    No call is lost: calls that come while the body of the `async for` is busy wait, however many they are. The handler
    is removed when the `async for` is left in any way, and when the event loop is closed. It survives loading a file.

    Args:
        name: the name of a list in `bpy.app.handlers`.

    Returns:
        An asynchronous iterator of what `handler` returns.

    Raises:
        ValueError: there is no such handler.

    Example:
        >>> rendering = ar.create_task(ar.render_animation())
        >>> async for scene in ar.handler_stream("render_write"):
        ...     print("the first frame is written:", scene.name)
        ...     break
    """
    require_own_loop("ar.handler_stream()", or_none=True)
    return HandlerStream(name)


class HandlerStream:
    """The calls of one handler, for `async for`. `handler_stream` makes such a stream, and explains it.

    The stream ends when nothing refers to it any more: after a `break` that is at once. An asynchronous generator would
    end in the loop's next iteration, and take calls until then.

    Args:
        name: as for `handler_stream`.

    Example:
        >>> stream = ar.handler_stream("frame_change_post")
        >>> bpy.context.scene.frame_set(7)
        >>> async for scene in stream:
        ...     print("now at frame", scene.frame_current)
        ...     break
        now at frame 7
    """

    def __init__(self, name: HandlerName) -> None:
        self._name = _checked(name)
        self._calls: deque[object] = deque()
        self._has_calls = asyncio.Event()
        self._loop = get_host().loop
        self._handler = _recording(self._calls, self._has_calls, self._loop)
        add_handler(name, self._handler, until=self._loop)
        self._end = weakref.finalize(self, remove_handler, name, self._handler)
        self._end.atexit = False

    def __repr__(self) -> str:
        return f"HandlerStream({self._name!r})"

    @property
    def was_called(self) -> bool:
        """Whether a call waits for `async for` to receive it.

        Example:
            >>> stream = ar.handler_stream("frame_change_post")
            >>> bpy.context.scene.frame_set(7)
            >>> await asyncio.sleep(0)
            >>> stream.was_called
            True
        """
        return bool(self._calls)

    def __aiter__(self) -> HandlerStream:
        return self

    async def __anext__(self) -> Any:
        require_own_loop("ar.handler_stream()")
        while not self._calls:
            if self._loop.is_closed():
                raise RuntimeError(
                    f"the handler stream of {self._name!r} belongs to a loop that is closed: each ar.run() without a "
                    "window has a loop of its own, and so has an add-on that is enabled again; make it where it is read"
                )
            if not self._end.alive:
                raise StopAsyncIteration
            add_handler(self._name, self._handler, until=self._loop)  # another add-on may have cleared the list
            self._has_calls.clear()
            try:
                async with asyncio.timeout(POLL_INTERVAL):
                    await self._has_calls.wait()
            except TimeoutError:
                continue
        return _from_uid(self._calls.popleft())

    def forget(self) -> None:
        """Drop the calls that wait, and receive only later ones.

        Example:
            >>> stream = ar.handler_stream("frame_change_post")
            >>> bpy.context.scene.frame_set(7)
            >>> await asyncio.sleep(0)
            >>> stream.forget()
            >>> stream.was_called
            False
        """
        self._calls.clear()

    async def aclose(self) -> None:
        """Remove the handler; the stream ends.

        Example:
            >>> stream = ar.handler_stream("frame_change_post")
            >>> await stream.aclose()
            >>> [scene async for scene in stream]
            []
        """
        self._end()
        self._has_calls.set()


def _checked(name: str) -> str:
    """Return the name if Blender has such a list of handlers; raise an error with similar names if not."""
    if not isinstance(name, str):
        raise TypeError(f"name={name!r} is no text; write the name of a handler, for example 'frame_change_post'")
    known = [item for item in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, item), list)]
    if name not in known:
        raise ValueError(f"name={name!r} is not one of Blender's handlers; {near(name, known)}")
    return name


def _recording(calls: deque[object], has_calls: asyncio.Event, loop: asyncio.AbstractEventLoop) -> Handler:
    """Return a handler that records its calls, on whichever thread. The handler holds no reference to the stream."""

    def append(*arguments: object) -> None:
        try:
            loop.call_soon_threadsafe(record, arguments[0] if arguments else None)
        except RuntimeError:
            if not loop.is_closed():  # the render thread may be in a call while the main thread closes the loop
                raise

    def record(first: object) -> None:
        calls.append(_as_uid(first))
        has_calls.set()

    persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
    return persistent(append)


def _as_uid(first: object) -> object:
    """Return the `session_uid` of a datablock, which is still valid after an undo; anything else as it is."""
    try:
        return (first.id_type, first.session_uid) if isinstance(first, bpy.types.ID) else first
    except ReferenceError:
        return None  # the datablock is gone already


def _from_uid(call: object) -> Any:
    """Return the argument of a recorded call; a datablock as it is now."""
    if not isinstance(call, tuple):
        return call
    id_type, uid = call
    datablocks: Any = {"SCENE": bpy.data.scenes, "OBJECT": bpy.data.objects}.get(id_type, ())
    return by_uid(datablocks, uid)
