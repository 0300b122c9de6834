"""What needs OpenGL ends the process without a window, where OpenGL gives no picture.

Versions: 4.2 to 5.2. From 5.2 on the compositor is among it, as its device is the GPU unless the scene says otherwise.
Symptom: with neither a display nor EGL's drivers the process aborts at its first frame, or has a segmentation fault.
    With EGL's drivers all of it renders without a display. Nothing says which: up to 5.1 the module `gpu` does not
    answer in the background, and `gpu.init` of 5.2 crashes, too.
Blender's source: `WM_init_gpu` in source/blender/windowmanager/intern/wm_init_exit.cc; libepoxy's assertion ends it.
Tests: tests/headless/worker/test_display.py.
Can go: when Blender reports an error instead.

So another process renders one small picture by Workbench first. It takes 2 to 5 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

import bpy

ENGINES = frozenset({"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH"})
"""The engines that need OpenGL, by their identifiers."""

LIMIT = 120.0
"""Seconds after which the trial is given up. Software drivers compile shaders for seconds, on a busy machine longer."""

_TRIAL = """
import bpy
bpy.ops.wm.read_factory_settings()
scene = bpy.context.scene
scene.render.engine = "BLENDER_WORKBENCH"
scene.render.resolution_x = scene.render.resolution_y = 4
bpy.ops.render.render()
"""


def has_no_display() -> bool:
    """Return whether renders have no display here, so that a trial has to show that OpenGL works."""
    return bpy.app.background and sys.platform == "linux" and not any(map(os.environ.get, _DISPLAYS))


_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def trial() -> tuple[str, ...]:
    """Return the command that renders a small picture in another process of this program."""
    program: str = bpy.app.binary_path
    if program:
        return program, "-b", "--factory-startup", "--python-exit-code", "1", "--python-expr", _TRIAL
    return sys.executable, "-c", _TRIAL


@cache
def problem_of(command: tuple[str, ...]) -> str | None:
    """Return how a trial has ended; None: well. It takes seconds, once for each process: a worker thread calls this."""
    try:
        ended = subprocess.run(  # noqa: S603 - this Blender itself
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
            env={**os.environ, "ASYNC_RENDER_WORKER": "1"},
        )
    except subprocess.TimeoutExpired:
        return f"without a picture within {LIMIT:.0f} s"
    return f"with exit code {ended.returncode}" if ended.returncode else None
