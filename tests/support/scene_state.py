"""What a render must leave as it was. Window tests run this file's text inside Blender."""

from __future__ import annotations

from typing import Any

import bpy

PLAIN = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"}

NOT_STATE = {
    "use_nodes",  # deprecated: always true from 5.0 on
    "is_evaluated",
    "session_uid",
    "depsgraph",
    "bl_rna",
    "rna_type",
    "original",
    "preview",
    "tool_settings",  # nothing of a render; reading uv_sculpt.brush_asset_reference kills 4.3.2
}


def state(scene: bpy.types.Scene) -> dict[str, object]:
    """Every property that can be reached from the scene without leaving it for another datablock, except its world.

    Floats are compared bit for bit, datablocks by name; the user's preferences for views are in it, too.
    """
    values: dict[str, object] = {}
    add(values, "scene", scene)
    if scene.world is not None:
        add(values, "world", scene.world)
    add(values, "view", bpy.context.preferences.view)
    values["custom properties"] = {key: custom(scene[key]) for key in scene.keys()}  # noqa: SIM118 - no mapping
    return values


def custom(value: Any) -> object:
    """Without the addresses that a group, an array or a datablock has in its `repr`."""
    if isinstance(value, bpy.types.ID):
        return (type(value).__name__, value.name)
    if hasattr(value, "to_dict"):
        return {key: custom(item) for key, item in value.items()}
    if isinstance(value, list):
        return [custom(item) for item in value]
    return value.to_list() if hasattr(value, "to_list") else value


def add(values: dict[str, object], where: str, struct: Any) -> None:
    for item in struct.bl_rna.properties:
        if item.identifier in NOT_STATE:
            continue
        path = f"{where}.{item.identifier}"
        value = getattr(struct, item.identifier)
        if item.type in PLAIN:
            values[path] = plain(value)
        elif item.type == "COLLECTION":
            values[path] = [getattr(member, "name", "") for member in value]
            for index, member in enumerate(value):
                add_struct(values, f"{path}[{index}]", member)
        else:
            add_struct(values, path, value)


def add_struct(values: dict[str, object], path: str, value: Any) -> None:
    if isinstance(value, bpy.types.ID):
        values[path] = (type(value).__name__, value.name)
    elif value is None or path.count(".") > 8:
        values[path] = value is None
    else:
        add(values, path, value)


def plain(value: Any) -> object:
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, bool | int | str):
        return value
    return sorted(value) if isinstance(value, set) else tuple(plain(item) for item in value)
