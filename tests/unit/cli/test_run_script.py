"""Blender as the child of `async-render run`, without Blender."""

from __future__ import annotations

import signal
import subprocess
import threading
from typing import Any

import pytest

from async_render.cli import run_script
from async_render.cli.reports import Report


class Process:
    """A Blender that ignores Ctrl-C, and ends when it is killed."""

    def __init__(self) -> None:
        self.signals: list[int] = []
        self.send_signal = self.signals.append
        self.killed = threading.Event()
        self.kill = self.killed.set

    def wait(self, timeout: float) -> None:
        """Wait for the end."""
        if not self.killed.wait(timeout):
            raise subprocess.TimeoutExpired("blender", timeout)


class Events:
    """The reports of a Blender: the user presses Ctrl-C while they are read; then nothing comes before the end."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._is_interrupted = False

    def readline(self, _limit: int) -> bytes:
        """Wait for a report."""
        if not self._is_interrupted:
            self._is_interrupted = True
            raise KeyboardInterrupt
        assert self._process.killed.wait(20), "Blender was not killed"
        return b""


def test_a_blender_that_does_not_end_after_ctrl_c_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_script, "PATIENCE", 0.01)
    process: Any = Process()
    events: Any = Events(process)
    with pytest.raises(KeyboardInterrupt):
        run_script._pass_on(process, events, Report())
    assert process.signals == [signal.SIGINT]
    assert process.killed.is_set()
