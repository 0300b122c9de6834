"""Ctrl-C while a script runs without a window."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..interrupt import SCRIPT, interrupt

pytestmark = pytest.mark.core


def test_it_cancels_the_script_and_ends_with_the_usual_traceback(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = interrupt(process)
    assert "cleaned up" in output
    assert "Traceback (most recent call last)" in output
    assert f'File "{script}"' in output
    assert "KeyboardInterrupt" in output
    assert process.returncode in {-signal.SIGINT, 130}
