"""The reach of a path of `RenderSettings.overrides`: the settings of a render, and nothing else.

Settings may come from files of other people, and Blender calls code when a property is set. A fluid domain empties its
cache folder. A rigid body world deletes or writes its point cache. An add-on runs its own Python. A custom property's
pointer may lead anywhere, up to the window manager and its keymaps. A path may only go through the structs listed here,
the settings of a render, and through settings of add-ons that bring a render engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

OUTWARDS = {"world": "worlds", "camera.data": "cameras"}
"""The datablocks that a path from the scene may enter, and the collection of `bpy.data` that has them."""

REMEDY = (
    "settings reach the scene's own render settings, its view layers, its world and its camera's data: set anything "
    "else in the script, before the render, and set it back after it"
)

_STRUCTS = frozenset(
    {
        "AOV",
        "BakeSettings",
        "Camera",
        "CameraDOFSettings",
        "CameraStereoData",
        "ColorManagedDisplaySettings",
        "ColorManagedInputColorspaceSettings",
        "ColorManagedSequencerColorspaceSettings",
        "ColorManagedViewSettings",
        "DisplaySafeAreas",
        "FFmpegSettings",
        "FreestyleLineSet",
        "FreestyleSettings",
        "ImageFormatSettings",
        "LayerCollection",
        "Lightgroup",
        "RaytraceEEVEE",
        "RenderSettings",
        "Scene",
        "SceneDisplay",
        "SceneEEVEE",
        "SceneGpencil",
        "SceneHydra",
        "SceneRenderView",
        "Stereo3dFormat",
        "UnitSettings",
        "View3DShading",
        "ViewLayer",
        "ViewLayerEEVEE",
        "World",
        "WorldLighting",
        "WorldMistSettings",
    }
)
"""Blender's structs through which a path may go. Setting one of their properties changes no file and runs no script."""

_DATABLOCKS = frozenset({"Collection", "FreestyleLineStyle", "Material", "MovieClip", "Object", "Scene", "World"})
"""Kinds of datablocks that a property may be set to. Texts are not among them: Freestyle runs a text."""

_WITH_CUSTOM_PROPERTIES = frozenset({"Camera", "Scene", "ViewLayer", "World"})

OURS = "async_render_"
"""The prefix of the names of our own custom properties."""


def problem_with_struct(struct: Any) -> str | None:
    """Return why a path may not go through a struct, as the end of a sentence; None: it may."""
    if isinstance(struct, bpy.types.PropertyGroup):
        if _root(type(struct).__module__) in _engines():
            return None
        return f"belongs to an add-on that brings no render engine; {REMEDY}"
    kind = struct.bl_rna.identifier
    return None if kind in _STRUCTS else f"leads to {kind}; {REMEDY}"


def problem_with_property(owner: Any, name: str) -> str | None:
    """Return why settings may not set a property, as the end of a sentence; None: they may."""
    known: Any = owner.bl_rna
    rna = known.properties[name]
    if isinstance(owner, bpy.types.ID) and name in bpy.types.ID.bl_rna.properties:
        return f"is no setting of a render; {REMEDY}"
    if known.name_property == rna:
        return f"is a name, by which others are found; {REMEDY}"
    if rna.is_runtime and not isinstance(owner, bpy.types.PropertyGroup) and rna.type != "POINTER":
        return f"belongs to an add-on, which may call code of its own; {REMEDY}"
    if isinstance(owner, bpy.types.Camera) and name.startswith("custom_"):
        return f"lets Blender compile a shader; {REMEDY}"
    if rna.type == "POINTER" and is_datablock(rna) and rna.fixed_type.identifier not in _DATABLOCKS:
        return f"takes a datablock of the kind {rna.fixed_type.identifier}; {REMEDY}"
    return None


def problem_with_custom_property(owner: Any, key: str) -> str | None:
    """Return why settings may not set a custom property, as the end of a sentence; None: they may."""
    if owner.bl_rna.identifier not in _WITH_CUSTOM_PROPERTIES:
        return f"is a custom property of {owner.bl_rna.identifier}; {REMEDY}"
    if key.startswith(OURS):
        return "belongs to async_render itself; leave it out"
    value = owner[key]
    items = value if hasattr(value, "typecode") else [value]  # an array of numbers has it, groups and lists do not
    if not all(isinstance(item, bool | int | float | str) for item in items):
        return f"is no text, number, switch or row of numbers; {REMEDY}"
    return None


def is_datablock(rna: Any) -> bool:
    """Return whether a pointer property points to a datablock."""
    kind = rna.fixed_type
    while kind is not None and kind.identifier != "ID":
        kind = kind.base
    return kind is not None


def _engines() -> set[str]:
    return {_root(engine.__module__) for engine in _below(bpy.types.RenderEngine)}


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    below: type[Any]
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def _root(module: str) -> str:
    """Return the add-on that a module belongs to. The modules of an extension begin with `bl_ext.REPOSITORY.NAME`."""
    parts = module.split(".")
    return ".".join(parts[:3] if parts[0] == "bl_ext" else parts[:1])
