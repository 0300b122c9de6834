"""What needs OpenGL in a worker: refused before the first frame where it would end the process."""

from __future__ import annotations

import bpy

from ...render.errors import RenderError
from ...render.settings import RenderSettings
from ..host.long_work import call_in_worker_thread
from ..quirks.background_gpu import has_no_display, problem_of, trial
from ..session.opengl_needs import opengl_need


async def check_display(scene: bpy.types.Scene, settings: RenderSettings | None = None) -> None:
    """Refuse a render that needs OpenGL where there is none.

    Args:
        scene: the scene that is rendered.
        settings: settings that the scene does not have yet.

    Raises:
        RenderError: the render would end this process; with the remedy.
    """
    need = opengl_need(scene, settings) if has_no_display() else None
    if need is None:
        return
    problem = await call_in_worker_thread(problem_of, trial())
    if problem is not None:
        raise RenderError(
            f"{need.what} cannot render here: DISPLAY is not set, and without a display OpenGL needs EGL's "
            f"drivers (a trial ended {problem}). Set DISPLAY, use xvfb-run, install libegl1 and Mesa's drivers, "
            f"or {need.remedy}"
        )
