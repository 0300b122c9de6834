"""A window that the tests of a module share, one after another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from .blenders import ROOT
from .window import Window, WindowError

LIMIT = 60.0
"""Seconds that a window has until nothing of a test is left in it: a cancelled render takes 2, a frame of EEVEE 5."""


class SharedWindow:
    """The window of a module's tests, reset after each test; a new one where a test has quit it, or has failed.

    Args:
        open_window: opens a new user's Blender with a folder for its own files.
    """

    def __init__(self, open_window: Callable[[], Window]) -> None:
        self._open = open_window
        self._window: Window | None = None
        self._tests: list[str] = []
        self._late_ends: list[str] = []

    def begin(self, test: str, folder: Path) -> Window:
        """Return the window for that test, which has that folder."""
        if self._window is not None and (code := self._window.process.poll()) is not None:
            self._late_ends.append(f"Blender ended with {code} after the reset: {self._tests}")
            self._window.end()
            self._window = None
        if self._window is None:
            self._window = self._first()
        self._tests.append(test)
        self._window.begin(folder)
        return self._window

    def _first(self) -> Window:
        """Open a window, and note what is in it after a reset: what is there after each test has to be the same."""
        self._tests = []
        window = self._open()
        try:
            import_clean(window)
            window.exec("clean_window.start = clean_window.Start(globals())")
            reset(window)
            window.exec("clean_window.start.found = clean_window.start.look()")
        except BaseException:
            window.end()
            raise
        return window

    def end(self, *, has_failed: bool) -> None:
        """Reset the window, and check that the test has left nothing in it; else the next test has a new one.

        Raises:
            WindowError: it has, or Blender has ended otherwise than by quitting.
        """
        window, self._window = self._window, None
        assert window is not None
        try:
            code = window.process.poll()
            if code is None and not has_failed:
                reset(window)
                wait_until_empty(window, "clean_window.start.changed()")
                self._window = window
            elif code:
                raise WindowError(f"Blender ended with {code}:\n{window.output}")
        finally:
            if self._window is None:
                window.end()

    def close(self) -> None:
        """Quit, as each of the tests would have done.

        Raises:
            WindowError: Blender ended with an error now, or after a test's reset.
        """
        window, self._window = self._window, None
        ends = self._late_ends
        if window is not None:
            try:
                if code := window.quit():
                    ends.append(f"Blender quit with {code} after {self._tests}:\n{window.output}")
            finally:
                window.end()
        if ends:
            raise WindowError("\n".join(ends))


def reset(window: Window) -> None:
    """Close what is open, end what runs, and give Blender its start-up file again."""
    window.display.key("Escape")  # a pop-up, a menu, a field that is typed into
    window.settle()
    window.exec("clean_window.start.end_work()")
    wait_until_empty(window, "clean_window.start.work()")
    window.exec("clean_window.start.restore()")
    window.settle()


def wait_until_empty(window: Window, expression: str) -> None:
    """Wait until nothing is left of what the expression lists inside Blender.

    Raises:
        WindowError: something is, and its name.
    """
    deadline = monotonic() + LIMIT
    while left := window.eval(expression):
        if monotonic() > deadline:
            raise WindowError(f"the test has left in its window: {left}")
        sleep(0.05)


def import_clean(window: Window) -> None:
    """Import `clean.py` as `clean_window`; the extension's own package must not be found in the checkout."""
    window.exec(f"import sys; sys.path.insert(0, {str(ROOT)!r})")
    window.exec("from tests.support.window import clean as clean_window")
    window.exec(f"sys.path.remove({str(ROOT)!r})")
