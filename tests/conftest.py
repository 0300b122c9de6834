"""Markers by folder, and one line at the end for what was skipped."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

LAYERS = ("unit", "headless", "window")
"""Folders of tests, and the markers of the tests in them."""


def pytest_configure() -> None:
    """Let Ctrl-C end the tests' processes. In the background of a shell it is ignored, and processes inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder: `pytest -m "headless and not slow"`."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in LAYERS:
            item.add_marker(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was skipped: hundreds of window tests are skipped for one and the same reason."""
    counts = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    if counts:
        terminalreporter.write_line("SKIPPED " + "; ".join(f"{n}: {reason}" for reason, n in counts.most_common()))


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that the skip gave: such a report holds file, line and text."""
    assert isinstance(report.longrepr, tuple)
    return report.longrepr[2].removeprefix("Skipped: ")
