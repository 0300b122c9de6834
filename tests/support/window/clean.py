"""Runs inside Blender: what has to be the same after each test in a window that a module's tests share."""

from __future__ import annotations

import builtins
import logging
import os
import sys
import threading
from collections import deque
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

import addon_utils
import bpy

from ..scene_state import add, state

OURS = "bl_ext.user_default.async_render"
JOBS = ("RENDER", "OBJECT_BAKE", "COMPOSITE")
PREFERENCES = ("view", "edit", "filepaths", "inputs", "system")

OF_THE_SESSION = {"_entries", "_saved", "_warned", "_places"}
"""Our collections that outlive tests: the user's journal, in which a render's settings stay, what was said once, and
the kinds of regions that have shown the list of activities."""

blender: Any = bpy


def left_behind() -> dict[str, object]:
    """Return what an extension may leave in Blender, by name."""
    console = import_module("_console_python" if bpy.app.version >= (5, 0) else "console_python")
    lists = {name: getattr(blender.app.handlers, name) for name in dir(blender.app.handlers)}
    types = {name: getattr(blender.types, name) for name in dir(blender.types)}
    return {
        "classes": sorted(name for name in types if "async" in name.lower()),
        "menus": {
            name: len(kind.draw._draw_funcs)
            for name, kind in types.items()
            if hasattr(getattr(kind, "draw", None), "_draw_funcs")
        },
        "keys": sorted(
            (keymap.name, item.idname)
            for keymap in blender.context.window_manager.keyconfigs.addon.keymaps
            for item in keymap.keymap_items
        ),
        "handlers": {name: [repr(f) for f in found] for name, found in lists.items() if isinstance(found, list)},
        "console": [repr(console.execute), repr(console.autocomplete), console.execute.hooks],
        "streams": [repr(sys.stdout), repr(sys.stderr)],
        "logging": [repr(handler) for handler in logging.getLogger("async_render").handlers],
        "threads": sorted(thread.name for thread in threading.enumerate() if "async_render" in thread.name),
        "timers": timers("async_render"),
    }


KINDS = (FunctionType, partial, MethodType, MethodWrapperType)
"""The kinds of callables that are somebody's timers."""


def timers(where: str = "") -> list[str]:
    """Return the functions of such modules that Blender calls as timers; Blender has no list of its timers."""
    modules = [getattr(module, "__dict__", {}) for name, module in list(sys.modules.items()) if where in name]
    return sorted({name for names in modules for name in timers_in(names)})


def timers_in(names: dict[str, Any]) -> list[str]:
    """Return those of a module's functions that Blender calls as timers."""
    return [
        f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, FunctionType)
        else f"{names.get('__name__')}.{name}"
        for name, value in list(names.items())
        if isinstance(value, KINDS) and bpy.app.timers.is_registered(value)
    ]


def collections_of_ours() -> dict[str, int]:
    """Return how much is in the package's own lists, sets and dictionaries of what goes on."""
    return {
        f"{module}.{name}": len(value)
        for module, package in list(sys.modules.items())
        if module.startswith("async_render.")
        for name, value in list(vars(package).items())
        if not name.startswith("__") and name.islower() and name not in OF_THE_SESSION
        if isinstance(value, list | set | dict | deque) and value
    }


class Start:
    """What a window had after its start.

    Args:
        names: the agent's names, in which tests run their code.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        left_behind()  # imports what it looks at
        self.names = names
        self.own_names = dict(names)
        self.modules = set(sys.modules)
        self.timers = {name for name in (*timers(), *timers_in(names)) if "async_render" not in name}
        self.builtins = set(vars(builtins))
        self.path = list(sys.path)
        self.origins = tuple(f"{Path(folder).resolve()}/" for folder in self.path if folder)
        self.environ = dict(os.environ)
        self.driver_names = set(bpy.app.driver_namespace)
        self.preferences = preferences()
        self.found: dict[str, object] = {}

    def end_work(self) -> None:
        """End what still runs, as a user does: disable the extension, which shuts its loop down.

        What is printed until now belongs to this test: Python writes to a file when there is enough to write.
        """
        addon_utils.disable(OURS)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()

    def work(self) -> list[str]:
        """Return what has not ended yet: jobs of Blender, our threads, and timers that were not there at the start."""
        jobs = [job for job in JOBS if blender.app.is_job_running(job)]
        threads = [thread.name for thread in threading.enumerate() if "async_render" in thread.name]
        return [*jobs, *threads, *sorted({*timers(), *timers_in(self.names)} - self.timers)]

    def restore(self) -> None:
        """Give the next test what this one found: extension, preferences, start-up file, no names of this test."""
        self._forget_names()
        addon_utils.enable(OURS, default_set=True)  # a test may have disabled it as a user does
        restore_preferences(self.preferences)
        delete_reports()
        blender.ops.wm.read_homefile()
        for name in set(sys.modules) - self.modules:
            if self._is_of_a_test(sys.modules[name]):
                del sys.modules[name]
        sys.path[:] = self.path
        os.environ.clear()
        os.environ.update(self.environ)
        import_module("async_render.render.activity").activities.forget_ended()
        for name in set(bpy.app.driver_namespace) - self.driver_names:
            del bpy.app.driver_namespace[name]
        for name in set(vars(builtins)) - self.builtins:
            delattr(builtins, name)

    def _is_of_a_test(self, module: ModuleType) -> bool:
        """Return whether a test has made the module, or has had it found; Python's own are not made twice."""
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        return origin is None or (origin not in {"built-in", "frozen"} and not origin.startswith(self.origins))

    def _forget_names(self) -> None:
        """Forget the test's names, and unregister its classes."""
        for name in set(self.names) - set(self.own_names):
            value = self.names.pop(name)
            if isinstance(value, type) and "bl_rna" in vars(value):
                bpy.utils.unregister_class(value)
        self.names.update(self.own_names)

    def look(self) -> dict[str, object]:
        """Return all that is compared."""
        windows = blender.context.window_manager.windows
        return {
            **left_behind(),
            "timers": None,  # `work` has asked for them; those of the extension, enabled again, come and go
            **state(blender.context.scene),
            **{".".join(place): value for place, value in preferences().items()},
            "all classes": sorted(dir(blender.types)),
            "windows": [window.screen.name for window in windows],
            "modal operators": [operator.bl_idname for window in windows for operator in window.modal_operators],
            "collections of ours": collections_of_ours(),
            "saved by the user": saved(),
            "names": sorted(self.names),
            "options": repr(import_module("async_render.blender.options").options),
            "activities": [item.name for item in import_module("async_render.render.activity").activities],
            "log level": logging.getLogger("async_render").level,
            "working folder": str(Path.cwd()),
            "theme": theme(),
        }

    def changed(self) -> dict[str, object]:
        """Return what is another than after the start: from and to."""
        now = self.look()
        names = self.found.keys() | now.keys()
        return {name: (before, after) for name in names if (before := self.found.get(name)) != (after := now.get(name))}


def sections() -> dict[str, Any]:
    """Return the user's preferences that tests may change, ours among them."""
    user = blender.context.preferences
    return {**{name: getattr(user, name) for name in PREFERENCES}, "ours": user.addons[OURS].preferences}


def preferences() -> dict[tuple[str, str], Any]:
    """Return the values of the user's preferences that can be set, by section and name."""
    return {
        (name, item.identifier): value if isinstance(value := getattr(section, item.identifier), str) else plain(value)
        for name, section in sections().items()
        for item in section.bl_rna.properties
        if item.type in {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"} and not item.is_readonly
    }


def restore_preferences(values: dict[tuple[str, str], Any]) -> None:
    """Set those preferences again that are another by now; twice, as the language sets what is translated."""
    user = sections()
    for _ in range(2):
        now = preferences()
        for (section, name), value in values.items():
            if now[section, name] != value:
                setattr(user[section], name, value)


def saved() -> dict[str, int]:
    """Return when the user's start-up file and preferences were written: a reset reads the one, and not the other."""
    folder = Path(bpy.utils.user_resource("CONFIG"))
    return {file.name: file.stat().st_mtime_ns for file in folder.glob("*.blend")}


def plain(value: Any) -> Any:
    """Return an array's values; others are their own."""
    return tuple(value) if type(value).__name__ in {"bpy_prop_array", "Color", "Vector"} else value


def theme() -> dict[str, object]:
    """Return the colours of Blender's buttons."""
    values: dict[str, object] = {}
    add(values, "theme", blender.context.preferences.themes[0].user_interface)
    return values


def delete_reports() -> None:
    """Empty the Info editor: Blender keeps its reports when it loads a file."""
    area = blender.context.window_manager.windows[0].screen.areas[0]
    window = blender.context.window_manager.windows[0]
    area.type = "INFO"
    with blender.context.temp_override(window=window, area=area, region=area.regions[-1]):
        blender.ops.info.select_all(action="SELECT")
        blender.ops.info.report_delete()
