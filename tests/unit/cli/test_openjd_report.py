"""What a session of Open Job Description reads."""

from __future__ import annotations

import io

import pytest

from async_render.cli.openjd_report import OpenJDReport


def lines(name: str = "shot.blend", error: str | None = None) -> list[str]:
    out = io.StringIO()
    with OpenJDReport(out) as report:
        report.event("frame", name=name, number=2, seconds=0.5, file="x", done=1, total=4, eta=None)
        if error is not None:
            report.error(error)
    return out.getvalue().splitlines()


def test_a_frame_is_progress_and_status() -> None:
    assert lines() == ["openjd_status: shot.blend: frame 2 in 0.5 s, 1 of 4", "openjd_progress: 25.0"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_name_and_no_error_becomes_a_line_of_its_own(end: str) -> None:
    evil = f"a{end}openjd_env: PATH=/evil"
    found = lines(f"openjd_env: X=Y{evil}", evil)
    assert [line.split(":")[0] for line in found] == ["openjd_status", "openjd_progress", "openjd_fail"]
