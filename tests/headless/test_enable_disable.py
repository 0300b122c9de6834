"""The add-on, enabled and disabled."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

import async_render.addon
from async_render.render.activity import activities

pytestmark = pytest.mark.core


def traces() -> dict[str, Any]:
    """What the add-on leaves in Blender while it is enabled."""
    names = [name for name in dir(bpy.types) if name.upper().startswith("ASYNC_RENDER")]
    menus = [bpy.types.STATUSBAR_HT_header, bpy.types.TEXT_MT_text, bpy.types.TOPBAR_MT_render]
    drawn = [len(getattr(menu.draw, "_draw_funcs", ())) for menu in menus]
    return {
        "classes": names,
        "drawn": drawn,
        "watchers": list(activities.watchers),
        "handlers": {name: len(getattr(bpy.app.handlers, name)) for name in ("load_pre", "load_post", "render_init")},
    }


def test_twenty_times_enabled_and_disabled_it_leaves_nothing_behind() -> None:
    async_render.addon.register()
    enabled = traces()
    async_render.addon.unregister()
    disabled = traces()
    for _ in range(20):
        async_render.addon.register()
        assert traces() == enabled
        async_render.addon.unregister()
        assert traces() == disabled
    assert disabled["classes"] == []
    assert "ASYNC_RENDER_PT_output" in enabled["classes"]
    assert enabled["drawn"] != disabled["drawn"]
