"""The three kinds of reports: a live bar on a terminal, plain lines in a log, JSON for other programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any, Self

from ..render.errors import printable

Fact = str | int | float | bool | None


class Report:
    """Plain lines: one for each event on standard output, and errors on standard error.

    Args:
        out: where events go.
        errors: where errors go.
    """

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._errors = errors or sys.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the report, on every path."""

    def event(self, kind: str, **facts: Fact) -> None:
        """Report an event.

        Args:
            kind: a name from `TEXTS`.
            **facts: what is known of the event.
        """
        self._line(TEXTS[kind](facts))

    def error(self, text: str) -> None:
        """Report why the command ends."""
        print(f"async-render: {printable(text)}", file=self._errors, flush=True)

    def _line(self, text: str) -> None:
        print(printable(text), file=self._out, flush=True)


class JsonReport(Report):
    """A JSON object for each event, one a line, on standard output. An error is an event, too."""

    def event(self, kind: str, **facts: Fact) -> None:
        """Report an event."""
        # ASCII only: bytes of a path that are not UTF-8 are escaped, whatever encoding the stream has.
        print(json.dumps({"event": kind, **facts}), file=self._out, flush=True)

    def error(self, text: str) -> None:
        """Report why the command ends."""
        self.event("error", message=text)


class BarReport(Report):
    """A live bar for each render on standard error, where a terminal shows it; the other events are lines above."""

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        super().__init__(out, errors)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False),
        )
        self._bars = Progress(*columns, console=Console(file=self._errors))
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they are, and give the terminal its cursor back."""
        self._bars.stop()

    def event(self, kind: str, **facts: Any) -> None:
        """Report an event: a frame moves its bar, all else is a line."""
        if kind not in {"frame", "progress"}:
            super().event(kind, **facts)
            return
        name = str(facts["name"])
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = self._bars.add_task(printable(name), left="")
        eta = facts.get("eta")
        left = f"{time_text(eta)} left" if isinstance(eta, int | float) else ""
        self._bars.update(task, completed=facts["done"], total=facts["total"], left=left)

    def error(self, text: str) -> None:
        """Report why the command ends."""
        self._bars.console.print(f"async-render: {printable(text)}", markup=False, highlight=False, soft_wrap=True)

    def _line(self, text: str) -> None:
        if self._out.isatty():  # above the bars, which are drawn on the same terminal
            self._bars.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
        else:
            super()._line(text)


def report_for(*, as_json: bool, out: IO[str] | None = None) -> Report:
    """Return the report for these streams: JSON where it is asked for, bars on a terminal, else plain lines.

    Without the package `rich` (the extra `cli`) a terminal gets plain lines, too.
    """
    if as_json:
        return JsonReport(out)
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        try:
            return BarReport(out)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "rich":
                raise
    return Report(out)


def time_text(seconds: float) -> str:
    """Return a duration for people.

    Example:
        >>> time_text(3725.4)
        '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _frame(facts: Mapping[str, Any]) -> str:
    seconds = f"{facts['seconds']:.1f} s"
    return f"{facts['name']}: frame {facts['number']} in {seconds}, {facts['done']} of {facts['total']}{_left(facts)}"


def _left(facts: Mapping[str, Any]) -> str:
    return "" if facts.get("eta") is None else f", {time_text(facts['eta'])} left"


def _finished(facts: Mapping[str, Any]) -> str:
    skipped = f", {facts['skipped']} were there" if facts.get("skipped") else ""
    return f"{facts['name']}: {facts['frames']} frames in {time_text(facts['seconds'])}{skipped}"


TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "damaged": lambda facts: f"{facts['file']} {facts['damage']}",
    "missing": lambda facts: f"{facts['files']}: missing {facts['frames']}",
    "unfinished": lambda facts: f"{facts['file']} belongs to a render that has not ended well, or that runs",
    "checked": lambda facts: (
        f"{facts['files']} files, {facts['damaged']} damaged, {facts['missing']} frames missing, "
        f"{facts['unfinished']} unfinished"
    ),
    "frame": _frame,
    "progress": lambda facts: f"{facts['name']}: {facts['done']} of {facts['total']}{_left(facts)}",
    "printed": lambda facts: str(facts["text"]),
    "warning": lambda facts: f"warning: {facts['message']}",
    "dashboard": lambda facts: f"dashboard: {facts['address']}",
    "finished": _finished,
    "exported": lambda facts: f"{facts['template']}: {facts['frames']} frames in {facts['tasks']} tasks",
    "error": lambda facts: str(facts["message"]),
}
"""The plain line of each kind of event."""
