"""Render scripts for Blender as plain coroutines, with Blender's window alive while they run.

import async_render as ar

async def main():
    for segment in ar.segments():
        await ar.render_animation(segment.settings(filepath=f"//out/{segment.filename}_####"))

ar.run(main())
"""

import sys
import threading
from importlib import import_module
from types import ModuleType
from typing import Any

from .render.errors import near
from .render.settings import RenderSettings, set_scene_reader
from .without_blender import needs_blender, stand_in
from .work.session import Session, set_session_source

__version__ = "0.1.0"

_NAMES = {
    ".blender.activity_ui.own_panels": ("draw_activities",),
    ".blender.host.handlers": ("HandlerStream", "handler", "handler_stream"),
    ".blender.host.in_context": ("in_context",),
    ".blender.host.script_progress": ("progress",),
    ".blender.host.scripts": ("run",),
    ".blender.host.tasks": ("create_task",),
    ".blender.host.threads": ("call_in_main_thread", "get_loop"),
    ".blender.jobs.cancel": ("job_done",),
    ".blender.jobs.queue": ("queue",),
    ".blender.kinds.animation": ("render_animation", "render_frames"),
    ".blender.kinds.baking": ("bake", "bake_physics"),
    ".blender.kinds.encode": ("encode",),
    ".blender.kinds.open_file": ("open_file",),
    ".blender.kinds.sound": ("mixdown",),
    ".blender.kinds.still": ("render_still",),
    ".blender.kinds.viewport": ("render_viewport",),
    ".blender.operators.async_operator": ("AsyncOperator",),
    ".blender.operators.call": ("operator",),
    ".blender.settings.scenes": ("segments",),
    ".farm.farm": ("DaskFarm",),
    ".pool.pool": ("BlenderPool",),
    ".pool.worker_info": ("WorkerInfo",),
    ".render.activity": ("Activity", "State"),
    ".render.errors": ("OperatorError", "OutputError", "RenderCancelled", "RenderError", "WorkerError"),
    ".render.progress": ("Frame", "Progress"),
    ".render.result": ("OperatorResult", "Pixels", "RenderResult", "StillResult", "StillWithPixels"),
    ".render.segments": ("Segment",),
    ".render.setting_fields": ("SettingsFields", "StillFields"),
    ".render.settings": ("RenderSettings",),
    ".render.written_frames": ("Frames",),
}
"""The public names, by module. Type checkers read the same names in `__init__.pyi`; a test compares both.

A module is imported when one of its names is first used. Settings, results and the tests of the loop need no Blender,
and neither does a process that only hands out work.
"""

_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULES)

_ALL_NAMES = "dir(async_render)"
"""The place where messages send whoever looks for a name."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        if name.startswith("__"):  # Python asks modules for such names
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; {near(name, __all__, _ALL_NAMES)}")
    module = _import(_MODULES[name])
    return stand_in(_MODULES[name], name) if module is None else getattr(module, name)


def __dir__() -> list[str]:
    return __all__


def _import(module: str) -> ModuleType | None:
    """Return a module of this package; None: the module needs Blender, and there is none."""
    try:
        return import_module(module, __name__)
    except ModuleNotFoundError as error:
        if error.name != "bpy":
            raise
        return None


def _settings_of_scene(scene: str | None) -> RenderSettings:
    reader = _import(".blender.settings.read")
    if reader is None:
        raise needs_blender("RenderSettings.from_scene")
    settings: RenderSettings = reader.settings_of(scene)
    return settings


set_scene_reader(_settings_of_scene)


def _session() -> Session | None:
    if "bpy" not in sys.modules and threading.current_thread() is not threading.main_thread():
        return None  # a Python that has imported bpy on another thread crashes at its end: 4.2 to 5.1
    source = _import(".blender.session.source")
    session: Session | None = None if source is None else source.session
    return session


set_session_source(_session)
