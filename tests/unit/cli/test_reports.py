"""How the command reports: plain lines, JSON, and a bar on a terminal."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from async_render.cli.reports import TEXTS, BarReport, JsonReport, Report, report_for, time_text

FRAME: dict[str, Any] = {
    "name": "shot.blend",
    "number": 12,
    "seconds": 1.25,
    "file": "/out/0012.png",
    "done": 3,
    "total": 9,
    "eta": 75.0,
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_for_each_frame() -> None:
    out = io.StringIO()
    with Report(out) as report:
        report.event("frame", **FRAME)
    assert out.getvalue() == "shot.blend: frame 12 in 1.2 s, 3 of 9, 1:15 left\n"


def test_a_program_gets_an_object_for_each_event_and_error() -> None:
    out = io.StringIO()
    with JsonReport(out) as report:
        report.event("frame", **FRAME)
        report.error("no camera")
    frame, error = map(json.loads, out.getvalue().splitlines())
    assert frame == {"event": "frame", **FRAME}
    assert error == {"event": "error", "message": "no camera"}


def test_a_terminal_gets_a_bar_and_other_events_above() -> None:
    out, errors = Terminal(), Terminal()
    with BarReport(out, errors) as report:
        report.event("frame", **FRAME)
        report.event("warning", message="[red]drivers[/red] were blocked")
    assert "3/9" in errors.getvalue()
    assert "1:15 left" in errors.getvalue()
    assert "warning: [red]drivers[/red] were blocked" in errors.getvalue()
    assert out.getvalue() == ""


def test_lines_go_to_a_file_while_the_bar_is_on_the_terminal() -> None:
    out, errors = io.StringIO(), Terminal()
    with BarReport(out, errors) as report:
        report.event("damaged", file="a.png", damage="is empty")
    assert out.getvalue() == "a.png is empty\n"


def test_the_report_fits_the_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(report_for(as_json=False)) is Report
    assert type(report_for(as_json=True)) is JsonReport
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert type(report_for(as_json=False)) is BarReport
    monkeypatch.setenv("TERM", "dumb")
    assert type(report_for(as_json=False)) is Report


def test_a_terminal_without_rich_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    assert type(report_for(as_json=False)) is Report


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (3725.4, "1:02:05")])
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_an_unknown_kind_of_event_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        Report(io.StringIO()).event("nonsense")
    assert "nonsense" not in TEXTS
