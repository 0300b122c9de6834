"""Runs inside Blender: does what the tests ask for, in a timer, over a Unix socket.

    blender --python agent.py -- SOCKET

One JSON line for each request, {"code": …, "name": …, "is_expression": …}, and one for its answer, {"value": …} or
{"error": …}.
"""

import contextlib
import json
import socket
import sys
import traceback
from time import perf_counter
from typing import Any

import bpy

context: Any = bpy.context
names: dict[str, Any] = {"bpy": bpy, "__name__": "agent"}
ticks: list[float] = []
names["ticks"] = ticks

TOO_SMALL = 20
"""Pixels: where an editor has place for its header and little more, Blender does not draw its main region."""


class Agent:
    def __init__(self, path: str) -> None:
        self.drawings = 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(1)
        self.server.setblocking(False)
        self.client: socket.socket | None = None
        self.received = b""

    def turn(self) -> float:
        with contextlib.suppress(BlockingIOError):
            if self.client is None:
                self.client, _ = self.server.accept()
                self.client.setblocking(False)
            while data := self.client.recv(65536):
                self.received += data
        while self.client is not None and b"\n" in self.received:
            line, _, self.received = self.received.partition(b"\n")
            self.client.sendall(json.dumps(answer(json.loads(line)), default=repr).encode() + b"\n")
        return 0.02

    def draw_again(self) -> int:
        """Let Blender draw an editor in this turn of its main loop; what it wants to draw anyway is drawn then, too.

        Returns:
            How many drawings of editors there were before.
        """
        areas = context.window_manager.windows[0].screen.areas
        sizes = {area: size for area in areas if min(size := main_size(area)) > TOO_SMALL}
        min(sizes, key=lambda area: sizes[area][0] * sizes[area][1]).tag_redraw()
        return self.drawings

    def count_drawing(self) -> None:
        """Called by Blender after each drawing of an editor's main region."""
        self.drawings += 1


def main_size(area: Any) -> tuple[int, int]:
    """Return the size of the region whose drawings are counted."""
    region = next(region for region in area.regions if region.type == "WINDOW")
    return region.width, region.height


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        if request["is_expression"]:
            return {"value": eval(request["code"], names)}
        exec(compile(request["code"], request["name"], "exec"), names)
        return {"value": None}
    except BaseException:  # noqa: BLE001 - the test shall see it, and Blender live
        return {"error": traceback.format_exc()}


def measure_ticks() -> float:
    """Note when Blender's main loop turns."""
    ticks.append(perf_counter())
    return 0.0


names["measure_ticks"] = measure_ticks

names["agent"] = agent = Agent(sys.argv[sys.argv.index("--") + 1])
for name in dir(bpy.types):
    space: Any = getattr(bpy.types, name) if name.startswith("Space") else object
    if issubclass(space, bpy.types.Space) and space is not bpy.types.Space:
        space.draw_handler_add(agent.count_drawing, (), "WINDOW", "POST_PIXEL")


def turn() -> float:
    return agent.turn()


preferences = context.preferences
preferences.view.show_splash = False
preferences.use_preferences_save = False
bpy.app.timers.register(turn, persistent=True)
