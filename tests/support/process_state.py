"""What a test has to leave in its process as it was: any other test may be the next one there.

`.ci/task tests` gives each process one test after another, of all files, whenever it is idle.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGPIPE") if hasattr(signal, name)]


class ProcessState:
    """The state of this process before a test. To take and to compare it takes 0.2 ms."""

    def __init__(self) -> None:
        self._before = _values()
        self._folders, self._of_session = _folders_in_use(), _folder_of_session()

    def changes(self) -> list[str]:
        """Return what is different now, each in words; lists of handlers only by their lengths."""
        after = _values()
        changed = [
            f"{name}: {_difference(value, after[name])}" for name, value in self._before.items() if value != after[name]
        ]
        lost = self._folders - _folders_in_use()
        if _folder_of_session() != self._of_session:  # the session itself has left it
            lost.discard(self._of_session)
        changed += [f"{folder} was removed, or unlocked" for folder in lost]
        host = _in("async_render.blender.host.host", "_host")
        if host is not None and not host.loop.is_closed():
            changed += [f"{task} waits in Blender's loop" for task in asyncio.all_tasks(host.loop)]
        return changed


def _difference(before: Any, after: Any) -> str:
    """Return two values in words; of variables the names alone, since some are secrets."""
    if isinstance(before, dict):
        return str([name for name in {**before, **after} if before.get(name) != after.get(name)])
    return f"{before!r} is {after!r}"


def _values() -> dict[str, Any]:
    environment: Any = os.environ
    variables = dict(environment._data)  # a copy of `os.environ` itself takes as long as all else
    for name in ("PYTEST_CURRENT_TEST", b"PYTEST_CURRENT_TEST"):
        variables.pop(name, None)
    values = {
        "the working directory": Path.cwd(),
        "tempfile.gettempdir()": tempfile.gettempdir(),
        "sys.path": [*sys.path],
        "os.environ": variables,
        "the handlers of signals": [signal.getsignal(number) for number in _SIGNALS],
    }
    handlers: Any = _in("bpy", "app.handlers")
    if handlers is not None:
        values |= {f"handlers of {name}": len(getattr(handlers, name)) for name in _handler_lists(handlers)}
    return values


@cache
def _handler_lists(handlers: Any) -> list[str]:
    return [name for name in dir(handlers) if isinstance(getattr(handlers, name), list)]


def _folders_in_use() -> set[Path]:
    """Return the folders that this process has locked."""
    living = _in("async_render.output.locked_folders", "_living") or ()
    return {folder.path for folder in living if not folder._lock_file.closed and folder.is_there}


def _folder_of_session() -> Any:
    return _in("async_render.blender.session.source", "session._private.path")


def _in(module: str, name: str) -> Any:
    """Return what has this name in a module; None: the module was not imported."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
