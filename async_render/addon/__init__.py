"""The add-on: what async_render adds to Blender's window. `ui` draws, `scripts` runs texts and console lines."""

import atexit

from ..blender.activity_ui import parts
from ..blender.host.host import get_host
from ..blender.host.shutdown import close_host, keep_host
from ..blender.jobs import error_watch
from ..blender.quirks.module_exit import IS_MODULE
from ..blender.settings import recovery
from ..blender.window.messages import printed_only
from ..script.streams import streams
from .scripts import blender_console, file_load, run_script, text_templates
from .scripts.text_scripts import text_scripts
from .ui import panel, preferences, thumbnail

_MODULES = (
    recovery,
    error_watch,
    run_script,
    text_templates,
    blender_console,
    file_load,
    preferences,
    thumbnail,
    panel,
)
"""The parts of the add-on alone, in the order in which they are registered. Each can `register` and `unregister`."""


def register(module: str = "async_render") -> None:
    """Enable the extension; Blender calls this.

    Args:
        module: the name by which Blender knows the extension, and stores its preferences.
    """
    preferences.AsyncRenderPreferences.bl_idname = module
    keep_host()
    get_host()  # only the main thread can make the host, and another thread may be the first to need it
    parts.add_user(__name__)
    for part in _MODULES:
        part.register()
    if IS_MODULE:  # nothing else disables it there, and Blender's own exit would not run: see `module_exit`
        atexit.register(unregister)


def unregister() -> None:
    """Disable the extension; Blender calls this, also when it quits. Nothing is left behind."""
    atexit.unregister(unregister)
    text_scripts.cancel_waiting()  # otherwise the end of a script would start the next one
    with printed_only():  # messages that come now must not wait for an event
        close_host()
    streams.remove_all()
    for part in reversed(_MODULES):
        part.unregister()
    parts.remove_user(__name__)
