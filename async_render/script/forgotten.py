"""Awaits that were forgotten, noticed: a coroutine was made, and nobody awaits it."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .own_lines import is_users

ORIGIN_DEPTH = 3
"""Callers that Python records for each coroutine while scripts run: the user's line, and functions of this package that
stand between. Each costs some 50 ns."""

_HOOK = "_warn_unawaited_coroutine"
"""The function of `warnings` that Python calls with a coroutine that is freed and was never awaited:
`_PyErr_WarnUnawaitedCoroutine` in Python/_warnings.c, 3.7 to 3.14. `warnings.showwarning` would not do: a filter of the
script's, as `simplefilter("ignore")`, keeps warnings from it, and it gets no coroutine."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A coroutine that nobody awaited.

    Attributes:
        name: the name of its function.
        file: the file name of the user's line that made it.
        line: the line's number.
    """

    name: str
    file: str
    line: int


class ForgottenAwaits:
    """Notices forgotten awaits while scripts run. Nothing of Python is replaced while none does.

    Call all methods on the main thread. Coroutines of other threads are left to Python's own warning.

    Attributes:
        report: called once for each forgotten await, on whichever thread Python frees the coroutine. Python warns as
            well, unless the function returns a true value: then the user reads of it already.
    """

    def __init__(self) -> None:
        self.report: Callable[[Forgotten], object] = _nobody
        self._watched: set[object] = set()
        self._depth_before = 0
        self._known: set[Forgotten] = set()
        self._is_reported = False
        self._pythons: Any = None
        self._ours: Any = self._on_unawaited  # the same object each time, so that it is known again

    def begin(self, key: object) -> None:
        """Begin to notice what is forgotten, until `end` is called with the same key."""
        is_first = not self._watched
        self._watched.add(key)
        if not is_first:
            return
        self._known.clear()
        self._depth_before = sys.get_coroutine_origin_tracking_depth()
        if self._depth_before < ORIGIN_DEPTH:
            sys.set_coroutine_origin_tracking_depth(ORIGIN_DEPTH)
        if getattr(warnings, _HOOK) is not self._ours:  # else somebody has restored it who had found it here
            self._pythons = getattr(warnings, _HOOK)
            setattr(warnings, _HOOK, self._ours)

    def end(self, key: object) -> None:
        """End what `begin` began. What others have changed meanwhile stays, as asyncio's debug mode in a tick."""
        if key not in self._watched:
            return
        self._watched.discard(key)
        if self._watched:
            return
        if sys.get_coroutine_origin_tracking_depth() == ORIGIN_DEPTH:
            sys.set_coroutine_origin_tracking_depth(self._depth_before)
        if getattr(warnings, _HOOK) is self._ours:
            setattr(warnings, _HOOK, self._pythons)

    def end_all(self) -> None:
        """End the watch for tasks, too, that will never be done: their loop is closed."""
        for key in tuple(self._watched):
            self.end(key)

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Notice forgotten awaits until the task is done."""
        self.begin(task)
        task.add_done_callback(self.end)

    @contextmanager
    def watching(self) -> Iterator[set[Forgotten]]:
        """Notice forgotten awaits inside the `with` block, and collect them.

        Example:
            >>> with forgotten_awaits.watching() as found:
            ...     ar.render_animation()
            >>> found
            {Forgotten(name='render_animation', file='Text', line=2)}
        """
        key = object()
        self.begin(key)
        before = set(self._known)
        found: set[Forgotten] = set()
        try:
            yield found
        finally:
            found |= self._known - before
            self.end(key)

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Let Python free coroutines inside the `with` block without a warning: the user has read of them already."""
        key = object()
        self.begin(key)
        before, self._is_reported = self._is_reported, True
        try:
            yield
        finally:
            self._is_reported = before
            self.end(key)

    def _on_unawaited(self, coroutine: Any) -> None:
        """Warn as Python does, but name the line that made the coroutine, and report that."""
        if not self._watched:
            self._pythons(coroutine)
            return
        if self._is_reported:
            return
        name: str = coroutine.__qualname__
        message = f"coroutine {name!r} was never awaited; write 'await' before it"
        origin = _own_line(coroutine.cr_origin or ())
        if origin is None:
            freed_in = sys._getframe(1)
            warnings.warn_explicit(message, RuntimeWarning, freed_in.f_code.co_filename, freed_in.f_lineno)
            return
        found = Forgotten(name.rpartition(".")[2], *origin)
        if found not in self._known:  # of a loop that forgets, one warning is enough
            self._known.add(found)
            if not self.report(found):
                warnings.warn_explicit(message, RuntimeWarning, *origin)


def _own_line(origin: Iterable[tuple[str, int, str]]) -> tuple[str, int] | None:
    """Return the user's line among the callers that Python has recorded, the innermost first."""
    return next(((file, line) for file, line, _ in origin if is_users(file)), None)


def _nobody(_: Forgotten) -> None:
    return None


forgotten_awaits = ForgottenAwaits()
"""The watch of this process: Python has one hook, and one depth for each thread."""
