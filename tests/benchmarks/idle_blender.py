"""A stand-in for Blender that answers a pool's requests at once, and renders nothing: what is left is the overhead.

    python idle_blender.py SECONDS --version
    python idle_blender.py SECONDS … TOKEN

`SECONDS` is what it says that a frame has taken: `pool/crew/dealing.py` makes chunks of so many frames.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from async_render.pool.worker_process import protocol
from async_render.work.wire import frames_from_text

from ..support.checkout import ROOT

VERSION = (5, 0, 0)
"""The version of Blender that it says."""


def program(folder: Path, seconds: float) -> Path:
    """Write a program into a folder that can be given as Blender's."""
    file = folder / f"idle_blender_{seconds:g}"
    command = [sys.executable, "-m", __name__, str(seconds)]
    file.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(command)} "$@"\n')
    file.chmod(0o755)
    return file


class IdleBlender:
    """The worker's side of a pool's protocol.

    Args:
        events: where its lines go.
        seconds: what it says that a frame has taken.
    """

    def __init__(self, events: BinaryIO, seconds: float) -> None:
        self._events = events
        self._seconds = seconds
        self._lock = threading.Lock()

    def send(self, *messages: Mapping[str, Any]) -> None:
        lines = b"".join(map(protocol.encode, messages))
        with self._lock:
            self._events.write(lines)
            self._events.flush()

    def say_hello(self, token: str) -> None:
        self.send(
            {
                "async_render": protocol.VERSION,
                "token": token,
                "version": protocol.package_version(),
                "blender": VERSION,
                "python": platform.python_version(),
                "pid": os.getpid(),
            }
        )

    def live(self) -> None:
        while True:
            time.sleep(protocol.ALIVE_INTERVAL)
            self.send({"event": "alive", "still": 0.0})

    def obey(self, order: Mapping[str, Any]) -> None:
        """Answer a request; nothing is to be cancelled."""
        if order["do"] == "cancel":
            return
        number = order["id"]
        self.send(*({**event, "id": number} for event in self._events_of(order)))

    def _events_of(self, order: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if order["do"] == "load":
            yield {"event": "done", "result": {"loaded": True, "seconds": 0.0, "missing": []}}
            return
        settings = order["settings"]
        folder = os.path.dirname(settings["filepath"])
        if order["do"] == "plan":
            yield {"event": "done", "result": _plan(settings, folder)}
            return
        for frame in frames_from_text(order["frames"]):
            files = [f"{folder}/f_{frame:06}.png"]
            said = {"number": frame, "seconds": self._seconds, "files": files, "skipped": False}
            yield {"event": "frame", **said}
        yield {"event": "done", "result": {"seconds": 0.0, "warnings": []}}


def _plan(settings: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    return {
        "settings": settings,
        "frames": settings["frames"],
        "skipped": "",
        "is_movie": False,
        "folder": folder,
        "patterns": [[f"{folder}/f_", 6, ".png"]],
        "warnings": [],
        "in_order": False,
    }


def main() -> None:
    """Say the version, or be a worker until the end of stdin."""
    if sys.argv[2:] == ["--version"]:
        print("Blender", ".".join(map(str, VERSION)))
        return
    worker = IdleBlender(sys.stdout.buffer, float(sys.argv[1]))
    worker.say_hello(sys.argv[-1])
    threading.Thread(target=worker.live, daemon=True).start()
    for line in sys.stdin.buffer:
        order = protocol.check_order(protocol.decode(line))
        if order["do"] == "quit":
            return
        worker.obey(order)


if __name__ == "__main__":
    main()
