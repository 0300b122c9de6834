"""What becomes of running scripts when another file is loaded."""

from typing import Any

import bpy

from ...blender.handler_lists import add_handler, remove_handler
from ...blender.options import options
from ...render.activity import Kind, activities, current_script


def cancel_scripts(*_: object) -> None:
    """Before another file is loaded: cancel all scripts, when the user wants that, but not the one that loads it."""
    if options.on_file_load != "CANCEL":
        return
    for activity in activities:
        if activity.kind is Kind.SCRIPT and activity is not current_script.get() and activity.cancel is not None:
            activities.cancel(activity)


_cancel_scripts: Any = bpy.app.handlers.persistent(cancel_scripts)


def register() -> None:
    """Hear of files that are loaded."""
    add_handler("load_pre", _cancel_scripts)


def unregister() -> None:
    """Hear no more of them."""
    remove_handler("load_pre", _cancel_scripts)
