"""Blenders with a window and the installed extension, for measuring."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..support.window.blenders import ROOT, find_blenders
from ..support.window.display import Display
from ..support.window.window import Window, install_extension


def blenders_here(suite: str | None) -> Iterator[tuple[str, tuple[str, ...], Path, Display]]:
    """Name, command, the extension's ZIP and a display, for each Blender on this machine, or only for one of them."""
    builder = [sys.executable, str(ROOT / ".ci" / "build_extension.py")]
    built = subprocess.run(builder, check=True, capture_output=True, text=True, timeout=300)
    with Display() as display:
        for blender in find_blenders():
            if suite not in {None, blender.name}:
                continue
            if blender.missing is not None or blender.command is None:
                raise SystemExit(blender.missing)
            yield blender.name, blender.command, ROOT / built.stdout.strip(), display


def install(command: tuple[str, ...], extension: Path, home: Path) -> None:
    """Install the extension for the user of that folder."""
    home.mkdir()
    install_extension(command, home, extension)


@contextmanager
def installed_window(command: tuple[str, ...], extension: Path, display: Display) -> Iterator[Window]:
    """A window that has settled, and finds `tests`; it quits at the end."""
    with tempfile.TemporaryDirectory() as folder:
        install(command, extension, Path(folder, "home"))
        window = Window(command, Path(folder, "home"), display, Path(folder))
        try:
            window.settle()
            window.exec(f"import sys; sys.path.insert(0, {str(ROOT)!r})")
            yield window
            window.quit()
        finally:
            window.end()
