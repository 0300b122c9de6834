"""Render scripts for Blender as plain coroutines, with Blender's window alive while they run.

    import async_render as ar

    async def main():
        for segment in ar.segments():
            await ar.render_animation(segment.settings(filepath=f"//out/{segment.filename}_####"))

    ar.run(main())
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .render.errors import RenderCancelled, RenderError
from .render.result import RenderResult
from .render.segments import Segment
from .render.settings import RenderSettings

if TYPE_CHECKING:
    from .blender.animation import render_animation
    from .blender.run import create_task, run
    from .blender.timeline import segments

__version__ = "0.1.0"

__all__ = [
    "RenderCancelled",
    "RenderError",
    "RenderResult",
    "RenderSettings",
    "Segment",
    "create_task",
    "render_animation",
    "run",
    "segments",
]

_NEEDS_BLENDER = {
    "create_task": ".blender.run",
    "render_animation": ".blender.animation",
    "run": ".blender.run",
    "segments": ".blender.timeline",
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
        raise ImportError(f"async_render.{name} needs Blender: run it there, or pip install 'async-render[bpy]'") from error
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
