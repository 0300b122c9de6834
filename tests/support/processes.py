"""Scripts that run in a Python process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .checkout import ROOT


def start_script(
    script: Path, *arguments: str | Path, own_session: bool = False, **environment: str
) -> subprocess.Popen[str]:
    """Start a script, which may import `tests`; what it prints comes by pipes, errors among the rest."""
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=own_session,
    )


def run_script(
    script: Path, *arguments: str | Path, timeout: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script, which may import `tests`, to its end."""
    return subprocess.run(
        [sys.executable, script, *arguments],
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _environment(changes: dict[str, str]) -> dict[str, str]:
    """Import paths stay: without an installed package they are where `async_render` is found."""
    paths = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **changes}
