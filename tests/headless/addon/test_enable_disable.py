"""The add-on, enabled and disabled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import bpy
import pytest

import async_render as ar
import async_render.addon
from async_render.blender.host import shutdown
from async_render.blender.host.host import get_host, host_in_use
from async_render.blender.settings.apply import applied
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


def test_settings_are_given_back_when_the_job_is_gone_and_not_before(
    scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that takes longer than anybody waits; the task does not end by itself, either."""
    has_job = True
    timers: list[Callable[[], float | None]] = []
    monkeypatch.setattr(shutdown, "is_job_running", lambda _: has_job)
    monkeypatch.setattr(shutdown, "add_timer", lambda finish, _: timers.append(finish))
    monkeypatch.setattr(shutdown, "RENDER_TIMEOUT", 0.0)
    monkeypatch.setattr(shutdown, "TIMEOUT", 0.0)
    host = get_host()

    async def render() -> None:
        async with host.render_lock:
            with applied(scene, ar.RenderSettings(resolution_x=99)):
                while True:
                    with suppress(asyncio.CancelledError):
                        await asyncio.sleep(60)

    task = host.loop.create_task(render())
    while scene.render.resolution_x != 99:
        host.loop.tick()
    shutdown.close_host()
    (finish,) = timers
    for _ in range(3):
        host.loop.tick()
        assert finish() == shutdown.POLL_INTERVAL
        assert (scene.render.resolution_x, task.done(), host_in_use() is host) == (99, False, True)
    has_job = False
    while finish() is not None:
        host.loop.tick()
    assert (scene.render.resolution_x, host_in_use()) == (32, None)
