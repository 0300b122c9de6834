"""Blender with its window, as the tests see it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from .display import HEIGHT, WIDTH, Display

AGENT = Path(__file__).with_name("agent.py")
STARTUP = Path(__file__).with_name("startup.py")

NAME = "bl_ext.user_default.async_render"
"""The extension's module."""

DRAWINGS_TO_SETTLE = 3
"""Drawings, each in a turn of its own: the first may have begun before an event came, the second shows what the event
did, the third what Blender changed while it drew (buttons that appear, sizes that depend on each other)."""


LIMIT = 120.0
"""Seconds that a wait takes at most: of what takes one second here, with other tests beside it."""


class WindowError(Exception):
    """What was asked for raised an exception inside Blender, or did not come in time."""


class Window:
    """A running Blender.

    Args:
        command: how to start it.
        home: the user's folder, with the profile that the extension is installed in.
        display: the screen to open the window on.
        folder: the working folder of this test.
        arguments: further ones for Blender.
    """

    def __init__(
        self, command: tuple[str, ...], home: Path, display: Display, folder: Path, *arguments: str | Path
    ) -> None:
        self.display = display
        self.folder = folder
        self._log = folder / "blender.log"
        self._read_from = 0
        path = folder / "agent"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "-p", "0", "0", str(WIDTH), str(HEIGHT), *arguments, "--python", AGENT, "--", path],
                env=environment(home, display),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(LIMIT)
        self._connect(path)
        self._answers = self._socket.makefile("rb")

    def _connect(self, path: Path) -> None:
        deadline = monotonic() + LIMIT
        while True:
            try:
                return self._socket.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                if monotonic() > deadline or self.process.poll() is not None:
                    raise WindowError(f"Blender did not start:\n{self.output}") from None
                sleep(0.1)

    @property
    def output(self) -> str:
        """What Blender has printed until now, in this test."""
        return self._log.read_bytes()[self._read_from :].decode(errors="replace")

    def begin(self, folder: Path) -> None:
        """Begin another test, with that working folder; what was printed until now belongs to the test before."""
        self.folder = folder
        self._read_from = self._log.stat().st_size

    def exec(self, code: str) -> None:
        """Run statements inside Blender, in a timer; their names stay."""
        self._ask(code, is_expression=False)

    def run_file(self, file: Path) -> None:
        """Run a file's statements inside Blender, in a timer; their names stay, as those of `exec`."""
        self._ask(file.read_text(), is_expression=False, name=str(file))

    def eval(self, code: str) -> Any:
        """The value of an expression inside Blender; as JSON knows it, or else its `repr`."""
        return self._ask(code, is_expression=True)

    def _ask(self, code: str, *, is_expression: bool, name: str = "<test>") -> Any:
        self._socket.sendall(json.dumps({"code": code, "name": name, "is_expression": is_expression}).encode() + b"\n")
        line = self._answers.readline()
        if not line:
            raise WindowError(f"Blender ended with {self.process.wait(LIMIT)}:\n{self.output}")
        answer = json.loads(line)
        if "error" in answer:
            raise WindowError(answer["error"])
        return answer["value"]

    def wait_until(self, expression: str, timeout: float = LIMIT) -> Any:
        """Wait until the expression is true inside Blender, and return its value."""
        return self._wait(lambda: self.eval(expression), expression, timeout)

    def settle(self) -> None:
        """Let Blender draw, and take in what the mouse and the keyboard did, however long it draws."""
        for _ in range(DRAWINGS_TO_SETTLE):
            before = self.eval("agent.draw_again()")
            self.wait_until(f"agent.drawings > {before}")

    def wait_for_output(self, text: str, timeout: float = LIMIT) -> None:
        """Wait until Blender has printed the text."""
        self._wait(lambda: text in self.output, f"{text!r} in the output", timeout)

    def _wait(self, look: Callable[[], Any], what: str, timeout: float) -> Any:
        deadline = monotonic() + timeout
        while not (value := look()):
            if monotonic() > deadline:
                self.display.screenshot(self.folder / "timeout.png")
                raise WindowError(f"still not after {timeout} s: {what}\n{self.output}")
            sleep(0.05)
        return value

    def quit(self) -> int:
        """Quit as *File > Quit* does, and return the exit code."""
        self.exec("bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.05)")
        return self.process.wait(LIMIT)

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._answers.close()
        self._socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)


def run_blender(
    command: tuple[str, ...] | None, home: Path, *arguments: str | Path, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a Blender without a window to its end.

    Args:
        command: how to start it.
        home: the user's folder.
        arguments: further ones for Blender.
        timeout: seconds.
    """
    assert command is not None
    return subprocess.run(
        [*command, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def install_extension(command: tuple[str, ...] | None, home: Path, file: Path) -> None:
    """Install an extension from its ZIP and enable it, by Blender's own command."""
    zipped = home / file.name  # where that Blender can see it
    zipped.write_bytes(file.read_bytes())
    extension = ("--command", "extension", "install-file", "-r", "user_default", "--enable", zipped)
    installed = run_blender(command, home, *extension)
    assert installed.returncode == 0, installed.stdout + installed.stderr


def save_startup_file(command: tuple[str, ...] | None, home: Path, display: Display) -> None:
    """Give the user a start-up file without 3D viewports, by `startup.py`."""
    assert command is not None
    saved = subprocess.run(
        [*command, "--factory-startup", "-p", "0", "0", str(WIDTH), str(HEIGHT), "--python", STARTUP],
        env=environment(home, display),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert startup_file(home), f"exit code {saved.returncode}\n{saved.stdout}{saved.stderr}"


def startup_file(home: Path) -> Path | None:
    """The start-up file of that user; which folder it is in depends on how that Blender is started."""
    return next(home.rglob("config/startup.blend"), None)


def environment(home: Path, display: Display | None = None) -> dict[str, str]:
    """The environment of a Blender with that user's folder.

    `BLENDER_HOME` is for `.ci/blender`, whose own cache is below the real HOME.
    """
    own = {"BLENDER_HOME": str(home), "BLENDER_USER_RESOURCES": str(home / "blender")}
    return {**os.environ, **own, "DISPLAY": display.name if display else ""}


Open = Callable[..., Window]
"""Opens windows, with further arguments for Blender: the fixture `open_window`."""
