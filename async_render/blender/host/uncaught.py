"""The exit code of `blender -b` where an error has left a script.

Blender ends with 0 whatever a script raises, unless `--python-exit-code` is given. And Blender ends with 1 where its
flag that stops renders is still set: a script may have caught the error of a cancelled render, and end well. So the
flag is cleared after each script, and set again where nobody catches the error: `sys.excepthook` gets it then.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from ..quirks.break_flag import BreakFlag
from ..quirks.module_exit import IS_MODULE

_MARK = "_async_render_has_left_a_script"
"""The name of an attribute of errors. The errors themselves are not kept: they keep all variables of the script."""


def fail_unless_caught(error: BaseException) -> None:
    """Let `blender -b` end with 1 when this error leaves all of the script's code, by itself or behind another error.

    The hook is called for other errors, too, as those of other add-ons' handlers. They stay without consequence: the
    flag would stop the render of which such a handler hears.
    """
    if IS_MODULE:  # the `bpy` module: Python's own process ends with Python's exit code
        return
    setattr(error, _MARK, True)
    if not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(sys.excepthook)


class _Hook:
    """`sys.excepthook`, with another hook before it."""

    def __init__(self, before: Any) -> None:
        self._before = before

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.excepthook = self._before
        if _has_left_a_script(error):
            with BreakFlag() as flag:
                flag.set()
        self._before(kind, error, trace)


def _has_left_a_script(error: BaseException) -> bool:
    seen: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        item = left.pop()
        if item is not None and item not in seen:
            if getattr(item, _MARK, False):
                return True
            seen.append(item)
            left += [item.__cause__, item.__context__]
    return False
