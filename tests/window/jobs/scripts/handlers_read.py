"""Handlers of other add-ons, which read where the pictures will be, and one that sets its own path."""

from __future__ import annotations

import functools
from typing import Any

import bpy

import async_render as ar

names = ("render_init", "render_pre", "render_post", "render_write", "render_complete", "render_cancel")
seen: dict[str, tuple[str, str]] = {}
outcome: list[Any] = []


def read(name: str, scene: bpy.types.Scene, *_: object) -> None:
    seen.setdefault(name, (scene.render.filepath, scene.render.frame_path()))


for name in names:
    getattr(bpy.app.handlers, name).append(functools.partial(read, name))


async def still(**settings: Any) -> None:
    seen.clear()
    outcome.append(await ar.render_still(ar.RenderSettings(**settings)))


async def render(**settings: Any) -> None:
    try:
        outcome.append(await ar.render_animation(ar.RenderSettings(**settings)))
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        outcome.append(error)


def set_path(scene: bpy.types.Scene, *_: object) -> None:
    scene.render.filepath = "//theirs_"
