"""The user's choices, in *Preferences > Add-ons > Async Render*."""

import logging
from typing import Any

import bpy
import rna_keymap_ui

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


def _choice(name: str, description: str, default: str, items: tuple[tuple[str, str, str], ...]) -> Any:
    """Return a property with a menu."""
    return bpy.props.EnumProperty(name=name, description=description, items=items, default=default, update=_apply)


class AsyncRenderPreferences(bpy.types.AddonPreferences):
    """The choices, as properties that Blender shows and stores"""

    bl_idname = "async_render"  # `register` gets the real name: bl_ext.REPOSITORY.async_render for an extension

    on_file_load: _choice(  # type: ignore[valid-type]
        "On File Load",
        "What happens to running scripts when another file is loaded",
        _DEFAULTS.on_file_load,
        (
            ("CONTINUE", "Continue", "Scripts go on when another file is loaded"),
            ("CANCEL", "Cancel", "Scripts are cancelled when another file is loaded"),
        ),
    )
    on_second_start: _choice(  # type: ignore[valid-type]
        "If the Text Runs Already",
        "What Run Render Script does with a text whose script has not ended yet",
        _DEFAULTS.on_second_start,
        (
            ("ASK", "Ask", "Ask whether to start a text a second time while it is still running"),
            ("QUEUE", "Queue", "Start a text again when it has ended, if it is still running"),
        ),
    )
    render_display: _choice(  # type: ignore[valid-type]
        "Render Display",
        "Where the renders of scripts are displayed",
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
        "How the end of a long script is announced",
        _DEFAULTS.notification,
        (
            ("NONE", "None", "The end of a script is not announced"),
            ("BLENDER", "Blender", "The end of a script is reported in the status bar and the Info editor"),
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
        "Which messages are printed on the terminal",
        _DEFAULTS.log_level,
        (
            ("DEBUG", "Debug", "All messages"),
            ("INFO", "Info", "Errors, possible mistakes, and when scripts start and end"),
            ("WARNING", "Warning", "Errors, and possible mistakes"),
            ("ERROR", "Error", "Errors only"),
        ),
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the choices, and the shortcut as Blender's own preferences draw shortcuts."""
        layout: Any = self.layout
        _draw_shortcut(layout.column(), context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.prop(self, "on_second_start")
        column = layout.column()
        column.prop(self, "on_file_load")
        column.prop(self, "render_display")
        column = layout.column()
        column.prop(self, "notification")
        row = column.row()
        row.active = self.notification != "NONE"
        row.prop(self, "notify_after")
        header, developer = layout.panel("async_render_developer", default_closed=True)
        header.label(text="Developer")
        if developer is not None:
            developer.prop(self, "tick_budget")
            developer.prop(self, "log_level")


def _draw_shortcut(layout: Any, context: bpy.types.Context) -> None:
    """Draw the keymap item of *Run Render Script*, which the user may change: the user's copy of ours."""
    manager: Any = context.window_manager
    keyconfig = manager.keyconfigs.user
    keymap = keyconfig.keymaps.get("Text")
    for item in () if keymap is None else keymap.keymap_items:
        if item.idname == ASYNC_RENDER_OT_run_script.bl_idname:
            layout.context_pointer_set("keymap", keymap)
            rna_keymap_ui.draw_kmi([], keyconfig, keymap, item, layout, 0)


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
    _log.removeHandler(_log_to_console)
    _log.setLevel(logging.NOTSET)
    vars(options).update(vars(_DEFAULTS))
    bpy.utils.unregister_class(AsyncRenderPreferences)
