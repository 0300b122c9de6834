"""Simulations that have no baked cache: their frames can only be rendered one after the other, by one worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

_SIMULATED = {"CLOTH", "SOFT_BODY", "PARTICLE_SYSTEM", "DYNAMIC_PAINT"}
"""The modifiers that have a point cache."""


def why_in_order(scene: bpy.types.Scene) -> list[str]:
    """Return a message for each simulation without a baked cache, by which the frames depend on those before; []: none.

    Args:
        scene: the scene that is rendered.

    Example:
        >>> why_in_order(bpy.context.scene)
        ["the cloth 'Flag/Cloth' is not baked: the frames are rendered in order, by one worker"]
    """
    messages = (
        f"the {kind} {name!r} is not baked: the frames are rendered in order, by one worker"
        for kind, name in _unbaked(scene)
    )
    return list(dict.fromkeys(messages))


def _unbaked(scene: bpy.types.Scene) -> Iterator[tuple[str, str]]:
    world = scene.rigidbody_world
    if world is not None and world.enabled and world.collection and not world.point_cache.is_baked:
        yield "rigid body world", scene.name
    for item in _objects(scene):
        for modifier in item.modifiers:
            if modifier.show_render and _is_unbaked(modifier):
                yield modifier.type.replace("_", " ").lower(), f"{item.name}/{modifier.name}"


def _objects(scene: bpy.types.Scene) -> set[Any]:
    """Return the objects of a scene, and those of the collections that they instance."""
    objects: set[Any] = set(scene.objects)
    new = objects
    while new:
        instanced = {item.instance_collection for item in new} - {None}
        new = {item for collection in instanced for item in collection.all_objects} - objects
        objects |= new
    return objects


def _is_unbaked(modifier: Any) -> bool:
    kind = modifier.type
    if kind == "FLUID":
        domain = modifier.domain_settings if modifier.fluid_type == "DOMAIN" else None
        return domain is not None and (domain.cache_type == "REPLAY" or not domain.has_cache_baked_data)
    if kind == "NODES":
        # Blender does not tell of a simulation zone whether its bake is packed, so it counts as not baked.
        return modifier.node_group is not None and _has_simulation(modifier.node_group, set())
    return kind in _SIMULATED and not all(cache.is_baked for cache in _caches(modifier))


def _caches(modifier: Any) -> Iterator[Any]:
    if modifier.type == "PARTICLE_SYSTEM":
        system = modifier.particle_system
        if system.settings.type != "HAIR" or system.use_hair_dynamics:
            yield system.point_cache
    elif modifier.type == "DYNAMIC_PAINT":
        canvas = modifier.canvas_settings
        for surface in canvas.canvas_surfaces if canvas is not None else ():
            if surface.surface_format != "IMAGE":
                yield surface.point_cache
    else:
        yield modifier.point_cache


def _has_simulation(tree: Any, seen: set[str]) -> bool:
    if tree.name_full in seen:
        return False
    seen.add(tree.name_full)
    for node in tree.nodes:
        if node.bl_idname == "GeometryNodeSimulationOutput":
            return True
        inner = getattr(node, "node_tree", None)
        if inner is not None and _has_simulation(inner, seen):
            return True
    return False
