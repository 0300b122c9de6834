"""EEVEE and Workbench in a worker: refused before the first frame where they would end the process."""

from __future__ import annotations

from ...render.errors import RenderError
from ..host.long_work import call_in_worker_thread
from ..quirks.background_gpu import has_no_display, problem_of, trial


async def check_display(engine: str) -> None:
    """Refuse an engine that needs OpenGL where there is none.

    Args:
        engine: the engine's identifier.

    Raises:
        RenderError: the engine would end this process; with the remedy.
    """
    if not has_no_display(engine):
        return
    problem = await call_in_worker_thread(problem_of, trial())
    if problem is not None:
        raise RenderError(
            f"engine={engine!r} cannot render here: DISPLAY is not set, and without a display OpenGL needs EGL's "
            f"drivers (a trial ended {problem}). Set DISPLAY, use xvfb-run, install libegl1 and Mesa's drivers, "
            "or render with engine='CYCLES'"
        )
