"""What only a Blender with windows has: the window that an operator is called in, and jobs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import bpy


def is_job_running(job: str) -> bool:
    """Whether Blender runs a job of that type, as `bpy.app.is_job_running`. Without a window there are no jobs.

    Blender is not asked there: `"SHADER_COMPILATION"` asks the GPU's shader compiler, which 4.5 has only in a window,
    and ends with a segmentation fault.
    """
    is_running: Any = bpy.app.is_job_running
    return not bpy.app.background and bool(is_running(job))


def some_window() -> Any:
    """The context's window, or Blender's first one where a timer's context has none; None: Blender has no window.

    A timer's context has no window when none of Blender's has the focus, and operators need one.
    """
    manager: Any = bpy.context.window_manager
    return bpy.context.window or next(iter(manager.windows), None)


def windows_of(scene: bpy.types.Scene | None) -> list[Any]:
    """The windows that show the scene; None: all."""
    manager: Any = bpy.context.window_manager
    return [window for window in manager.windows if scene is None or window.scene == scene]


def shows_render_result() -> bool:
    """Whether an image editor of any window shows the Render Result."""
    manager: Any = bpy.context.window_manager
    spaces = (area.spaces.active for window in manager.windows for area in window.screen.areas)
    images = (space.image for space in spaces if space.type == "IMAGE_EDITOR")
    return any(image is not None and image.type == "RENDER_RESULT" for image in images)


def in_a_window() -> AbstractContextManager[Any]:
    """A context with a window, for the `with` block. There has to be one."""
    return nullcontext() if bpy.context.window else bpy.context.temp_override(window=some_window())
