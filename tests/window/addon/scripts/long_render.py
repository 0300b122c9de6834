"""Disables and enables the add-on while a long render ends."""

from __future__ import annotations

import asyncio

import addon_utils
import bpy

import async_render as ar
from async_render.blender.host.host import get_host, host_in_use


def render(filepath: str) -> asyncio.Task[ar.RenderResult]:
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 4096, False
    return ar.run(ar.render_animation(ar.RenderSettings(filepath=filepath)))


def disable_and_enable(name: str) -> tuple[bool, asyncio.Task[str]]:
    """Disable the add-on and enable it again.

    Returns:
        Whether its host was still there, and a task that begins after it.
    """
    host = get_host()
    addon_utils.disable(name)
    still = host_in_use() is host
    addon_utils.enable(name)
    return still, ar.run(asyncio.sleep(3, "slept"))
