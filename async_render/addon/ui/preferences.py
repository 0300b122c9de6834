"""The user's choices, in *Preferences > Add-ons > Async Render*."""

import logging
from typing import Any

import bpy

from ...blender.host.host import host_in_use
from ...blender.options import Options, options
from ...render.errors import printable
from ..scripts.run_script import ASYNC_RENDER_OT_run_script

_DEFAULTS = Options()
_log = logging.getLogger("async_render")


class _Lines(logging.Formatter):
    """A formatter of log lines for the terminal, in which names and paths have no control characters"""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


_log_to_console = logging.StreamHandler()
_log_to_console.setFormatter(_Lines("%(name)s: %(message)s"))
_shortcut: list[tuple[Any, Any]] = []


def _apply(preferences: Any, _context: object = None) -> None:
    """Copy the choices into `options`."""
    options.tick_budget = preferences.tick_budget
    if (host := host_in_use()) is not None:
        host.loop.budget = options.tick_budget
    options.on_file_load = preferences.on_file_load
    options.render_display = preferences.render_display
    options.on_second_start = preferences.on_second_start
    options.notification = preferences.notification
    options.notify_after = preferences.notify_after
    options.log_level = preferences.log_level
    _log.setLevel(options.log_level)
    _set_shortcut(preferences.use_shortcut)


def _set_shortcut(is_wanted: bool) -> None:
    """Add the shortcut, or remove it."""
    manager: Any = bpy.context.window_manager
    keyconfig = manager.keyconfigs.addon
    if is_wanted and not _shortcut and keyconfig is not None:  # None without a window
        keymap = keyconfig.keymaps.new(name="Text", space_type="TEXT_EDITOR")
        item = keymap.keymap_items.new(ASYNC_RENDER_OT_run_script.bl_idname, "P", "PRESS", alt=True, shift=True)
        _shortcut.append((keymap, item))
    elif not is_wanted:
        for keymap, item in _shortcut:
            keymap.keymap_items.remove(item)
        _shortcut.clear()


def _choice(name: str, default: str, items: tuple[tuple[str, str, str], ...]) -> Any:
    """Return a property with a menu."""
    return bpy.props.EnumProperty(name=name, items=items, default=default, update=_apply)


class AsyncRenderPreferences(bpy.types.AddonPreferences):
    """The choices, as properties that Blender shows and stores"""

    bl_idname = "async_render"  # `register` gets the real name: bl_ext.REPOSITORY.async_render for an extension

    on_file_load: _choice(  # type: ignore[valid-type]
        "On File Load",
        _DEFAULTS.on_file_load,
        (
            ("CONTINUE", "Continue", "Scripts go on when another file is loaded"),
            ("CANCEL", "Cancel", "Scripts are cancelled when another file is loaded"),
        ),
    )
    on_second_start: _choice(  # type: ignore[valid-type]
        "If Running",
        _DEFAULTS.on_second_start,
        (
            ("ASK", "Ask", "Ask whether to start a text a second time while it is still running"),
            ("QUEUE", "Queue", "Start a text again when it has ended, if it is still running"),
        ),
    )
    render_display: _choice(  # type: ignore[valid-type]
        "Render Display",
        _DEFAULTS.render_display,
        (
            ("NONE", "Keep User Interface", "Renders of scripts are not displayed"),
            ("SCREEN", "Maximized Area", "Renders of scripts are displayed in a maximized image editor"),
            ("AREA", "Image Editor", "Renders of scripts are displayed in an image editor"),
            ("WINDOW", "New Window", "Renders of scripts are displayed in a window of their own"),
        ),
    )
    notification: _choice(  # type: ignore[valid-type]
        "Notification",
        _DEFAULTS.notification,
        (
            ("NONE", "None", "The end of a script is not announced"),
            ("BLENDER", "Blender", "The end of a script is announced by a pop-up in Blender's window"),
            ("SYSTEM", "System", "The end of a script is announced by the operating system, where possible"),
        ),
    )
    notify_after: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Notify After",
        description="How long a script has to run before its end is announced",
        default=_DEFAULTS.notify_after,
        min=0.0,
        soft_max=600.0,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        update=_apply,
    )
    tick_budget: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Tick Budget",
        description="How long scripts may work before the window has its turn again",
        default=_DEFAULTS.tick_budget,
        min=0.0005,
        max=0.1,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        update=_apply,
    )
    log_level: _choice(  # type: ignore[valid-type]
        "Log Level",
        _DEFAULTS.log_level,
        (
            ("DEBUG", "Debug", "All messages"),
            ("INFO", "Info", "Errors, possible mistakes, and when scripts start and end"),
            ("WARNING", "Warning", "Errors, and possible mistakes"),
            ("ERROR", "Error", "Errors only"),
        ),
    )
    use_shortcut: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Shortcut Shift Alt P",
        description="Run the active text as a render script by Shift Alt P in the text editor",
        update=_apply,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the choices."""
        layout: Any = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(heading="Text Editor")
        column.prop(self, "use_shortcut")
        column.prop(self, "on_second_start")
        column = layout.column()
        column.prop(self, "on_file_load")
        column.prop(self, "render_display")
        column = layout.column()
        column.prop(self, "notification")
        row = column.row()
        row.active = self.notification != "NONE"
        row.prop(self, "notify_after")
        column = layout.column()
        column.prop(self, "tick_budget")
        column.prop(self, "log_level")


def register() -> None:
    """Show the choices, and apply the stored ones."""
    bpy.utils.register_class(AsyncRenderPreferences)
    _log.addHandler(_log_to_console)
    user: Any = bpy.context.preferences
    stored = user.addons.get(AsyncRenderPreferences.bl_idname)
    if stored is not None and stored.preferences is not None:
        _apply(stored.preferences)


def unregister() -> None:
    """Remove the choices, and restore all defaults."""
    _set_shortcut(False)
    _log.removeHandler(_log_to_console)
    _log.setLevel(logging.NOTSET)
    vars(options).update(vars(_DEFAULTS))
    bpy.utils.unregister_class(AsyncRenderPreferences)
