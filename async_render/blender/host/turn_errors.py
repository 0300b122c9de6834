"""Errors that a main-loop turn raises, which are shown, and never leave the turn."""

from __future__ import annotations

from ...render.errors import text_of
from ..window.error_display import show_error


class TurnErrors:
    """A context manager around each step of a turn, which shows what the step raises and lets the turn go on.

    Blender drops a timer that raises, and nobody would turn the loop any more. `SystemExit` and `KeyboardInterrupt` are
    errors like all others: they must not end Blender. An error that every turn raises is shown once, not 195 times a
    second.
    """

    def __init__(self) -> None:
        self._before: set[str] = set()
        self._now: set[str] = set()

    def begin_turn(self) -> None:
        """Show an error again that the last turn has not raised."""
        if self._now or self._before:
            self._before, self._now = self._now, set()

    def forget(self) -> None:
        """Show any error that comes next."""
        self._before, self._now = set(), set()

    def __enter__(self) -> None:
        """Begin a step."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is not None:
            self.show(error)
        return True

    def show(self, error: BaseException) -> None:
        """Show an error that neither this turn nor the last one has raised yet."""
        name = f"{type(error)}: {text_of(error)}"
        is_new = name not in self._before | self._now
        self._now.add(name)
        if is_new:
            show_error(error)
