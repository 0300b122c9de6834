"""Render scripts for Blender as plain coroutines, with Blender's window alive while they run.

import async_render as ar

async def main():
    for segment in ar.segments():
        await ar.render_animation(segment.settings(filepath=f"//out/{segment.filename}_####"))

ar.run(main())
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .render.activity import Activity
from .render.errors import OperatorError, OutputError, RenderCancelled, RenderError
from .render.progress import Frame, Progress
from .render.result import RenderResult
from .render.segments import Segment
from .render.settings import RenderSettings

if TYPE_CHECKING:
    from .blender.host.handlers import handler, handler_stream
    from .blender.host.scripts import run
    from .blender.host.tasks import create_task
    from .blender.host.threads import call_in_main_thread, get_loop
    from .blender.jobs.queue import queue
    from .blender.kinds.animation import Frames, render_animation, render_frames
    from .blender.kinds.baking import bake, bake_physics
    from .blender.kinds.open_file import open_file
    from .blender.kinds.sound import mixdown
    from .blender.kinds.still import Pixels, StillResult, render_still
    from .blender.kinds.viewport import render_viewport
    from .blender.operators.async_operator import AsyncOperator
    from .blender.operators.call import OperatorResult, job_done, operator
    from .blender.settings.scenes import segments

__version__ = "0.1.0"

__all__ = [
    "Activity",
    "AsyncOperator",
    "Frame",
    "Frames",
    "OperatorError",
    "OperatorResult",
    "OutputError",
    "Pixels",
    "Progress",
    "RenderCancelled",
    "RenderError",
    "RenderResult",
    "RenderSettings",
    "Segment",
    "StillResult",
    "bake",
    "bake_physics",
    "call_in_main_thread",
    "create_task",
    "get_loop",
    "handler",
    "handler_stream",
    "job_done",
    "mixdown",
    "open_file",
    "operator",
    "queue",
    "render_animation",
    "render_frames",
    "render_still",
    "render_viewport",
    "run",
    "segments",
]

_NEEDS_BLENDER = {
    "AsyncOperator": ".blender.operators.async_operator",
    "Frames": ".blender.kinds.animation",
    "OperatorResult": ".blender.operators.call",
    "Pixels": ".blender.kinds.still",
    "StillResult": ".blender.kinds.still",
    "bake": ".blender.kinds.baking",
    "bake_physics": ".blender.kinds.baking",
    "call_in_main_thread": ".blender.host.threads",
    "create_task": ".blender.host.tasks",
    "get_loop": ".blender.host.threads",
    "handler": ".blender.host.handlers",
    "handler_stream": ".blender.host.handlers",
    "job_done": ".blender.operators.call",
    "mixdown": ".blender.kinds.sound",
    "open_file": ".blender.kinds.open_file",
    "operator": ".blender.operators.call",
    "queue": ".blender.jobs.queue",
    "render_animation": ".blender.kinds.animation",
    "render_frames": ".blender.kinds.animation",
    "render_still": ".blender.kinds.still",
    "render_viewport": ".blender.kinds.viewport",
    "run": ".blender.host.scripts",
    "segments": ".blender.settings.scenes",
}
"""Where the names are that import `bpy`. They come when they are first used: settings and results, the tests of the
loop, and a process that only hands out work, need no Blender."""


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_BLENDER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_NEEDS_BLENDER[name], __name__)
    except ModuleNotFoundError as error:
        if error.name != "bpy":
            raise
        raise ImportError(
            f"async_render.{name} needs Blender: run it there, or pip install 'async-render[bpy]'"
        ) from error
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
