"""A screen of its own, with a mouse and a keyboard."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType

WIDTH, HEIGHT = 1600, 1000
LIMIT = 60


class Display:
    """An X server without a monitor; `DISPLAY` is what it is called.

    Not by `xvfb-run`: its cookie is out of sight for a Blender in another root folder.
    """

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-ac", "-nolisten", "tcp"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, f"Xvfb ended with {self._server.wait(LIMIT)}"
        self.name = f":{number}"

    def __enter__(self) -> Display:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.terminate()
        self._server.wait(LIMIT)

    def click(self, x: int, y: int) -> None:
        """Click with the left button; pixels from the top left."""
        self.move(x, y)
        self._xdotool("click", "1")

    def move(self, x: int, y: int) -> None:
        """Move the mouse there; twice, as Blender wants it to notice."""
        self._xdotool("mousemove", str(x - 2), str(y), "sleep", "0.1", "mousemove", str(x), str(y), "sleep", "0.2")

    def scroll_down(self, steps: int) -> None:
        """Turn the mouse wheel."""
        self._xdotool("click", "--repeat", str(steps), "--delay", "30", "5")

    def key(self, *names: str) -> None:
        """Press keys, one after another: `Return`, `ctrl+c`."""
        self._xdotool("key", "--delay", "80", *names)

    def type(self, text: str) -> None:
        """Type a text."""
        self._xdotool("type", "--delay", "50", text)

    def screenshot(self, file: Path) -> None:
        """The screen as a person sees it; little compressed, which takes half the time."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._run("import", "-window", "root", "-quality", "11", str(file))

    def _xdotool(self, *arguments: str) -> None:
        """The question is answered when the server has given the windows the events of the command before it."""
        self._run("xdotool", *arguments)
        self._run("xdotool", "getmouselocation")

    def _run(self, *command: str) -> None:
        subprocess.run(
            command, env={**os.environ, "DISPLAY": self.name}, stdout=subprocess.DEVNULL, check=True, timeout=LIMIT
        )
