"""The add-on: what async_render adds to Blender's window."""

import atexit

from ..blender import leftovers, witness, writes
from ..blender.closing import close_host, take_back_closing
from ..blender.host import get_host
from ..blender.module_exit import IS_MODULE
from . import (
    console,
    file_load,
    operators,
    panel,
    pictures,
    preferences,
    redraw,
    report,
    run_script,
    status_bar,
    templates,
    translations,
)
from .text_scripts import text_scripts

_MODULES = (
    writes,
    leftovers,
    witness,
    translations,
    run_script,
    templates,
    console,
    file_load,
    preferences,
    operators,
    pictures,
    panel,
    status_bar,
    redraw,
)
"""Each is one thing that the add-on adds, with a `register` and an `unregister` of its own; in order."""


def register(module: str = "async_render") -> None:
    """Blender calls this when the extension is enabled.

    Args:
        module: the name by which Blender knows the extension, and stores its preferences.
    """
    preferences.AsyncRenderPreferences.bl_idname = module
    take_back_closing()
    get_host()  # only the main thread can make it, and other threads may be the first to need it
    report.register()
    for part in _MODULES:
        part.register()
    if IS_MODULE:  # nobody else would disable it there, and Blender's own exit would not run: see `module_exit`
        atexit.register(unregister)


def unregister() -> None:
    """Blender calls this when the extension is disabled, and when it quits; nothing stays behind."""
    atexit.unregister(unregister)
    text_scripts.forget_waiting()  # the end of one that runs would start the next
    report.unregister()  # what is to be told now must not wait for an event
    close_host()
    for part in reversed(_MODULES):
        part.unregister()
