"""The functions of this package that Blender holds: in its lists of handlers, and as timers.

Each function is removed when its loop or the process ends, at the latest. A handler that outlives its loop can wake
nobody. A handler that is left at the end of the process keeps Blender from an orderly exit (see `module_exit`).
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import bpy

Handler: TypeAlias = "Callable[..., None]"
Timer: TypeAlias = "Callable[[], float | None]"

_handlers: dict[tuple[str, Handler], object] = {}
"""By list and function: the loop at whose end the handler is removed; None: at the end of the process."""

_timers: set[Timer] = set()
"""The functions that are registered as timers. A handler that Blender has dropped may be among them."""


def add_handler(name: str, handler: Handler, until: object = None, *, first: bool = False) -> None:
    """Add a function to one of Blender's lists, if it is not there yet.

    Args:
        name: the name of a list in `bpy.app.handlers`.
        handler: the function.
        until: the loop at whose end the handler is removed; None: at the end of the process.
        first: whether Blender calls the function before all others of the list, and not after them.
    """
    handlers = _list(name)
    if handler not in handlers:
        handlers.insert(0 if first else len(handlers), handler)
        _handlers[name, handler] = until
    elif until is None:
        _handlers[name, handler] = None


def remove_handler(name: str, handler: Handler) -> bool:
    """Remove the function, and return whether it was still there: another add-on may have cleared the list."""
    _handlers.pop((name, handler), None)
    handlers = _list(name)
    is_there = handler in handlers
    if is_there:
        handlers.remove(handler)
    return is_there


def remove_handlers_of(loop: object) -> None:
    """Remove the handlers that were added until this loop ends."""
    for name, handler in [key for key, until in _handlers.items() if until is loop]:
        remove_handler(name, handler)


@contextmanager
def added_handlers(names: Iterable[str], receive: Handler, *, first: bool = False) -> Iterator[None]:
    """Add handlers inside the `with` block. Each of them calls `receive` with its list's name and the arguments.

    Args:
        names: the names of the lists.
        receive: the function.
        first: as for `add_handler`.
    """
    handlers = {name: _with_name(name, receive) for name in names}
    for name, handler in handlers.items():
        add_handler(name, handler, first=first)
    try:
        yield
    finally:
        for name, handler in handlers.items():
            remove_handler(name, handler)


def _with_name(name: str, receive: Handler) -> Handler:
    """Return a handler that stays in its list when another file is loaded."""

    def handler(*arguments: object) -> None:
        receive(name, *arguments)

    persistent: Callable[[Handler], Handler] = bpy.app.handlers.persistent
    return persistent(handler)


def add_timer(function: Timer, interval: float) -> None:
    """Let Blender's main loop call the function, if it does not yet.

    Args:
        function: a function, never a bound method: Blender knows a timer by its address.
        interval: seconds until the first call.
    """
    _timers.difference_update([timer for timer in _timers if not bpy.app.timers.is_registered(timer)])
    if function not in _timers:
        _timers.add(function)
        # persistent: other timers die when a file is loaded.
        bpy.app.timers.register(function, first_interval=interval, persistent=True)


def remove_timer(function: Timer) -> None:
    """Let Blender's main loop call the function no more."""
    _timers.discard(function)
    if bpy.app.timers.is_registered(function):
        bpy.app.timers.unregister(function)


def _list(name: str) -> list[Any]:
    handlers: list[Any] = getattr(bpy.app.handlers, name)
    return handlers


def _remove_all() -> None:
    for name, handler in list(_handlers):
        remove_handler(name, handler)
    for timer in list(_timers):
        remove_timer(timer)


atexit.register(_remove_all)
