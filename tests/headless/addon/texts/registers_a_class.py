"""Registers a class of its own after an `await` at its top."""

from __future__ import annotations

import asyncio
import pickle

import bpy

await asyncio.sleep(0)


class TextSettings(bpy.types.PropertyGroup):
    number: bpy.props.IntProperty(default=7)


class Plain:
    pass


bpy.utils.register_class(TextSettings)
try:
    assert TextSettings.bl_rna.properties["number"].default == 7
    assert isinstance(pickle.loads(pickle.dumps(Plain())), Plain)
finally:
    bpy.utils.unregister_class(TextSettings)
