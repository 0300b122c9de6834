"""The report that a session of Open Job Description reads: progress, status and failure."""

from __future__ import annotations

from ..render.errors import printable
from .reports import TEXTS, Fact, Report


class OpenJDReport(Report):
    """Lines `openjd_progress`, `openjd_status` and `openjd_fail` on standard output, each before its value.

    The session reads each line of standard output and standard error, and obeys what begins like these: `openjd_env`
    sets a variable for later actions. A file may have such a name, so no line begins with a name, and each is one line.
    """

    def event(self, kind: str, **facts: Fact) -> None:
        """Report an event as the status, and how many percent of the frames are done."""
        self._line(f"openjd_status: {_one_line(TEXTS[kind](facts))}")
        done, total = facts.get("done"), facts.get("total")
        if isinstance(done, int) and isinstance(total, int) and total > 0:
            self._line(f"openjd_progress: {100 * done / total:.1f}")

    def error(self, text: str) -> None:
        """Report why the command ends."""
        self._line(f"openjd_fail: {_one_line(text)}")


def _one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))
