"""The check that an awaitable of this package runs on Blender's loop."""

from __future__ import annotations

import asyncio
import threading

from .host import host_in_use

THREADS = (
    "loop = ar.get_loop() on the main thread, and asyncio.run_coroutine_threadsafe(coroutine, loop) on this thread"
)
"""The code by which a thread starts a coroutine, for messages."""


def require_own_loop(call: str, *, or_none: bool = False) -> None:
    """Raise an error unless the caller is a coroutine on Blender's loop, and Blender turns that loop.

    The first line of each public awaitable. `asyncio.run()` blocks the main thread, so that Blender's main loop never
    turns: a render would never end, and neither would the wait for a handler. On a thread `asyncio.run()` would call
    `bpy` beside the main thread. Without a window nothing would freeze, but nothing would render either, since
    `ar.run()` calls Blender between two slices of its own loop.

    Args:
        call: the awaitable, as the user writes it.
        or_none: whether the main thread may call it outside of every loop, too, and await it later.

    Raises:
        RuntimeError: another loop is running, or none, or somebody else runs Blender's loop.
    """
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    host = host_in_use()
    if host is not None and running is host.loop and host.is_turning_loop:
        return
    if threading.current_thread() is not threading.main_thread():
        thread = threading.current_thread().name
        raise RuntimeError(f"{call} was awaited on the thread {thread!r}, beside Blender's event loop; write {THREADS}")
    if running is None and or_none:
        return
    if running is None:
        raise RuntimeError(f"{call} was awaited outside of Blender's event loop; write ar.run(main()) to start main()")
    if host is not None and running is host.loop:
        raise RuntimeError(
            f"{call} was awaited while run_until_complete() or run_forever() runs Blender's event loop, which only "
            "Blender may run; write ar.run(main()), or await main() in a coroutine"
        )
    raise RuntimeError(
        f"{call} was awaited on an event loop that is not Blender's, as asyncio.run() makes one; write ar.run(main()), "
        "or await main() in a coroutine"
    )
