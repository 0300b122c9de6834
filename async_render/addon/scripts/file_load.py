"""Running scripts when another file is loaded: they go on, or are cancelled."""

from typing import Any

import bpy

from ...blender.handler_lists import add_handler, remove_handler
from ...blender.options import options
from ...render.activity import Kind, activities, current_script


def cancel_scripts(*_: object) -> None:
    """Cancel all scripts before another file is loaded, if the user has chosen so. A script that loads it goes on."""
    if options.on_file_load != "CANCEL":
        return
    for activity in activities:
        if activity.kind is Kind.SCRIPT and activity is not current_script.get() and activity.cancel is not None:
            activities.cancel(activity)


_cancel_scripts: Any = bpy.app.handlers.persistent(cancel_scripts)


def register() -> None:
    """Add the handler."""
    add_handler("load_pre", _cancel_scripts)


def unregister() -> None:
    """Remove the handler."""
    remove_handler("load_pre", _cancel_scripts)
