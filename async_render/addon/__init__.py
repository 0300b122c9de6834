"""The add-on: what async_render adds to Blender's window."""

import bpy

from .run_script import ASYNC_RENDER_OT_run_script, draw_run_script

_MENUS = ("TEXT_MT_text", "TOPBAR_MT_render")


def register() -> None:
    """Blender calls this when the extension is enabled."""
    bpy.utils.register_class(ASYNC_RENDER_OT_run_script)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_run_script)


def unregister() -> None:
    """Blender calls this when the extension is disabled; nothing stays behind."""
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_run_script)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_run_script)
