"""Wrong things for a worker to do: `bake` does what its type says, and frames do what a file of faults says.

As a program of its own it is a worker: `python worker_actions.py -P boot.py TOKEN`. Blender runs it before `boot.py`.
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import json
import os
import runpy
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bpy

import async_render as ar
from async_render.blender.worker import actions, main, orphans

Emit = Callable[[str, Mapping[str, Any]], None]


async def render_for_hours(emit: Emit, properties: Mapping[str, Any]) -> None:
    """Render one frame of Cycles that takes hours. The event comes in the middle of the render's C++."""
    scene = bpy.data.scenes[0]
    scene.render.engine, scene.cycles.samples = "CYCLES", 1 << 24
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 320, 180, 100
    scene.render.filepath = str(properties.get("filepath", "//"))
    if scene.camera is None:
        scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(scene.camera)
    rendering = asyncio.create_task(ar.render_still())
    stats = asyncio.create_task(ar.handler("render_stats"))
    await asyncio.wait([rendering, stats], return_when=asyncio.FIRST_COMPLETED)
    begins(emit)
    await rendering


async def keep_the_main_thread(emit: Emit, properties: Mapping[str, Any]) -> None:
    begins(emit)
    time.sleep(3600)  # noqa: ASYNC251 - this is the fault


async def keep_pythons_lock(emit: Emit, properties: Mapping[str, Any]) -> None:
    begins(emit)
    sum(itertools.repeat(0))  # without an end, without any other thread, and without a look at signals


async def print_everywhere(emit: Emit, properties: Mapping[str, Any]) -> None:
    print("printed by Python")
    os.write(1, b'written to 1\n{"event": "os.system"}\n')
    libc = ctypes.CDLL(None)
    libc.puts(b"put by C")
    libc.fflush(None)
    os.system("echo echoed by a shell; cat")  # noqa: ASYNC221 - as add-ons do
    sys.stderr.write("written to stderr\n")
    assert sys.stdin.read() == ""


async def raise_what_nobody_knows(emit: Emit, properties: Mapping[str, Any]) -> None:
    class StrangeError(Exception):
        pass

    raise StrangeError("strange", object())


async def raise_an_error_with_too_many_files(emit: Emit, properties: Mapping[str, Any]) -> None:
    files = [Path(f"/out/{number:060}.png") for number in range(100_000)]
    raise ar.RenderError("no disk", frames=range(100_000), files=files, frame=4)


async def exit_python(emit: Emit, properties: Mapping[str, Any]) -> None:
    raise SystemExit(5)


async def exit_at_once(emit: Emit, properties: Mapping[str, Any]) -> None:
    os._exit(7)


async def crash(emit: Emit, properties: Mapping[str, Any]) -> None:
    print("the last words", flush=True)
    ctypes.string_at(0)


async def say_what_it_is(emit: Emit, properties: Mapping[str, Any]) -> None:
    for value in (os.environ["ASYNC_RENDER_WORKER"], os.getsid(0), os.getpriority(os.PRIO_PROCESS, 0), ar.__file__):
        emit("warning", {"message": str(value)})


def begins(emit: Emit) -> None:
    emit("warning", {"message": "begins"})


WRONG: Mapping[str, Callable[[Emit, Mapping[str, Any]], Awaitable[None]]] = {
    function.__name__: function
    for function in (
        render_for_hours,
        keep_the_main_thread,
        keep_pythons_lock,
        print_everywhere,
        raise_what_nobody_knows,
        raise_an_error_with_too_many_files,
        exit_python,
        exit_at_once,
        crash,
        say_what_it_is,
    )
}


def do_fault(scene: bpy.types.Scene, *_: object) -> None:
    """Do what the file `FAULTS` says of this frame: a JSON object of frames and faults. `kill once` happens once."""
    file = Path(os.environ["FAULTS"])
    faults = json.loads(file.read_text()) if file.exists() else {}
    fault, _, how_often = faults.get(str(scene.frame_current), "").partition(" ")
    if not fault:
        return
    if how_often == "once":
        try:
            file.with_name(f"done_{file.stat().st_mtime_ns}_{scene.frame_current}").touch(exist_ok=False)
        except FileExistsError:
            return
    FAULTS[fault](scene)


def print_100_mb(scene: bpy.types.Scene) -> None:
    for _ in range(1000):
        os.write(1, b"a line that an add-on prints\n" * 3500)


def lose_the_camera(scene: bpy.types.Scene) -> None:
    """Let the frame fail. The camera is there again when the render has ended."""
    camera = scene.camera

    def bring_it_back(*_: object) -> None:
        scene.camera = camera
        for handlers in (bpy.app.handlers.render_cancel, bpy.app.handlers.render_complete):
            handlers.remove(bring_it_back)

    for handlers in (bpy.app.handlers.render_cancel, bpy.app.handlers.render_complete):
        handlers.append(bring_it_back)
    scene.camera = None


FAULTS: Mapping[str, Callable[[bpy.types.Scene], object]] = {
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda _: os.kill(os.getpid(), signal.SIGSTOP),
    "exit": lambda _: os._exit(139),
    "hang": lambda _: time.sleep(3600),
    "print_100_mb": print_100_mb,
    "lose_the_camera": lose_the_camera,
}
"""What a frame can do."""


async def bake(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    await WRONG[request["type"]](emit, request["properties"])
    return {"name": "", "status": "FINISHED", "seconds": 0.0, "images": []}


if __name__ == "__main__":
    main.ACTIONS = {**actions.ACTIONS, "bake": bake}
    if "FAULTS" in os.environ:
        bpy.app.handlers.render_pre.append(bpy.app.handlers.persistent(do_fault))
    if "WITHOUT_PRCTL" in os.environ:
        orphans.die_with_the_parent = lambda: None
    if "-P" in sys.argv:
        boot, token = sys.argv[-2:]
        sys.argv = [boot, token]
        runpy.run_path(boot, run_name="__main__")
