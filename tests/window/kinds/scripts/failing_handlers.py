"""Handlers of somebody else, which fail."""

from __future__ import annotations

import bpy


def fail(*_: object) -> None:
    raise RuntimeError("of somebody else")


for name in ("render_init", "render_pre", "render_post", "render_write", "render_complete"):
    getattr(bpy.app.handlers, name).insert(0, fail)
