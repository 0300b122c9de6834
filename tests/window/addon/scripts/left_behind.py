"""Lists all that an add-on can leave in Blender and in Python."""

from __future__ import annotations

import gc  # noqa: F401 - for the statements that the test sends
import logging
import sys
import threading
from importlib import import_module
from typing import Any

import bpy


def left_behind() -> dict[str, Any]:
    console: Any = import_module("_console_python" if bpy.app.version >= (5, 0) else "console_python")
    keyconfig = bpy.context.window_manager.keyconfigs.addon
    return {
        "classes": sorted(name for name in dir(bpy.types) if "async" in name.lower()),
        "menus": {
            name: len(getattr(bpy.types, name).draw._draw_funcs)
            for name in dir(bpy.types)
            if hasattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs")
        },
        "keys": sorted((k.name, i.idname) for k in keyconfig.keymaps for i in k.keymap_items),
        "handlers": {
            name: [repr(f) for f in getattr(bpy.app.handlers, name)]
            for name in dir(bpy.app.handlers)
            if isinstance(getattr(bpy.app.handlers, name), list)
        },
        "console": [repr(console.execute), repr(console.autocomplete), console.execute.hooks],
        "streams": [repr(sys.stdout), repr(sys.stderr)],
        "logging": [repr(h) for h in logging.getLogger("async_render").handlers],
        "threads": sorted(t.name for t in threading.enumerate() if "async_render" in t.name),
        "timers": sorted(
            {
                f"{value.__module__}.{value.__qualname__}"
                for name, module in list(sys.modules.items())
                if "async_render" in name
                for value in list(vars(module).values())
                if callable(value) and hasattr(value, "__qualname__") and bpy.app.timers.is_registered(value)
            }
        ),
    }
