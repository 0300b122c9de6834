"""Renders three frames, or a still, whose picture the panel shows."""

from __future__ import annotations

import asyncio
from typing import Any

import bpy

import async_render as ar
from async_render.addon.ui import thumbnail  # noqa: F401 - the test reads its pictures


def render(call: str, filepath: str, file_format: Any) -> asyncio.Task[Any]:
    bpy.context.scene.render.engine = "BLENDER_WORKBENCH"
    values: dict[str, Any] = {"frame_start": 1, "frame_end": 3, "resolution_x": 320, "resolution_y": 180}
    settings = ar.RenderSettings(filepath=filepath, file_format=file_format, **values)
    return ar.run(getattr(ar, call)(settings))
