"""The add-on: what async_render adds to Blender's window."""

import atexit

from ..blender.host.host import get_host
from ..blender.host.shutdown import close_host, keep_host
from ..blender.jobs import error_watch
from ..blender.quirks import draw_lock
from ..blender.quirks.module_exit import IS_MODULE
from ..blender.settings import recovery
from .scripts import blender_console, file_load, run_script, text_templates
from .scripts.text_scripts import text_scripts
from .ui import activity_operators, panel, preferences, redraw, report_operator, status_bar, thumbnail, translations

_MODULES = (
    draw_lock,
    recovery,
    error_watch,
    translations,
    run_script,
    text_templates,
    blender_console,
    file_load,
    preferences,
    activity_operators,
    thumbnail,
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
    keep_host()
    get_host()  # only the main thread can make it, and other threads may be the first to need it
    report_operator.register()
    for part in _MODULES:
        part.register()
    if IS_MODULE:  # nobody else would disable it there, and Blender's own exit would not run: see `module_exit`
        atexit.register(unregister)


def unregister() -> None:
    """Blender calls this when the extension is disabled, and when it quits; nothing stays behind."""
    atexit.unregister(unregister)
    text_scripts.forget_waiting()  # the end of one that runs would start the next
    report_operator.unregister()  # what is to be told now must not wait for an event
    close_host()
    for part in reversed(_MODULES):
        part.unregister()
