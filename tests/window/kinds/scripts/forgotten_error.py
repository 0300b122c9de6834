"""A stand-in for Blender's operator: it renders, and raises an error that nobody reported."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy

from async_render.blender.jobs import render_operator


def render_and_forget(*arguments: Any, **properties: Any) -> None:
    bpy.ops.render.render(*arguments, **properties)
    raise RuntimeError("Error: out of coffee")


forgetful = SimpleNamespace(render=SimpleNamespace(render=render_and_forget))
operator_module: Any = render_operator
operator_module.bpy = SimpleNamespace(app=bpy.app, context=bpy.context, types=bpy.types, ops=forgetful)
