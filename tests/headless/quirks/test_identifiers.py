"""Everything of Blender's that the package names exists in this Blender: icons, operators and their properties, types.

A wrong name shows itself only where it is used: the icon of a warning raised `TypeError` where the add-on was missing.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any, get_args

import bpy
import pytest

import async_render
from async_render.blender.activity_ui import activity_list
from async_render.blender.window import messages

PACKAGE = Path(async_render.__file__).parent


@cache
def nodes() -> list[tuple[Path, ast.Call | ast.Attribute]]:
    """The calls and the names with a dot of the whole package. Not while the tests are collected, in each process."""
    trees = [(file.relative_to(PACKAGE), ast.parse(file.read_text())) for file in sorted(PACKAGE.rglob("*.py"))]
    return [
        (file, node) for file, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Attribute)
    ]


@cache
def calls() -> list[tuple[Path, ast.Call]]:
    return [(file, node) for file, node in nodes() if isinstance(node, ast.Call)]


@cache
def names() -> set[str]:
    """All names with a dot, as `bpy.ops.render.render`, and the beginnings of each."""
    return {dotted(node) for _, node in nodes() if isinstance(node, ast.Attribute)}


def dotted(node: ast.AST) -> str:
    """`bpy.ops.render.render`, for the expression that says so; an empty text for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def icons_of(kind: Any, function: str) -> set[str]:
    return {item.identifier for item in kind.bl_rna.functions[function].parameters["icon"].enum_items}


def names_below(prefix: str) -> set[str]:
    """The first name after the prefix, wherever it is used."""
    return {name.removeprefix(prefix).partition(".")[0] for name in names() if name.startswith(prefix)}


@cache
def asked_for() -> set[tuple[str, object]]:
    """What the package looks for before it uses it, as `("bpy.data", "file_path_foreach")`: old Blenders have none."""
    return {
        (dotted(call.args[0]), call.args[1].value)
        for _, call in calls()
        if dotted(call.func) == "hasattr" and isinstance(call.args[1], ast.Constant)
    }


ICON_ARGUMENT = {"_icon_button": 2, "_button": 3}
"""Functions of the panel that draw a button, and which of their arguments is the icon."""


def test_each_icon_exists() -> None:
    icons = {*activity_list._STATE_ICONS.values(), *activity_list._KIND_ICONS.values()}
    for file, call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
        if name in {"_icon_button", "_button"}:
            icon = call.args[ICON_ARGUMENT[name]]
            assert isinstance(icon, ast.Constant)
            icons.add(str(icon.value))
        for keyword in call.keywords:
            if keyword.arg == "icon" and isinstance(keyword.value, ast.Constant):
                value = str(keyword.value.value)
                if name == "invoke_confirm":
                    assert value in icons_of(bpy.types.WindowManager, name), f"{file}: {value}"
                else:
                    icons.add(value)
    assert len(icons) > 8
    assert icons <= icons_of(bpy.types.UILayout, "label")


def test_each_severity_is_one_of_blenders() -> None:
    severities = bpy.types.Operator.bl_rna.functions["report"].parameters["type"].enum_items
    used = set(get_args(messages.Severity))
    assert used <= {item.identifier for item in severities}
    assert used == {"INFO", "WARNING", "ERROR"}


def properties_of(operator: str) -> set[str]:
    category, name = operator.split(".")[2:4]
    return set(getattr(getattr(bpy.ops, category), name).get_rna_type().properties.keys())


def test_each_operator_exists() -> None:
    operators = {name for name in names() if name.startswith("bpy.ops.") and name.count(".") == 3}
    assert {"bpy.ops.render.render", "bpy.ops.render.opengl", "bpy.ops.wm.open_mainfile"} <= operators
    assert all(properties_of(operator) for operator in operators)


def test_each_operator_has_the_properties_that_are_given() -> None:
    given = {(dotted(call.func), keyword.arg) for _, call in calls() for keyword in call.keywords if keyword.arg}
    of_operators = {(name, argument) for name, argument in given if name.startswith("bpy.ops.")}
    assert ("bpy.ops.wm.open_mainfile", "use_scripts") in of_operators
    assert not [(name, argument) for name, argument in of_operators if argument not in properties_of(name)]


@pytest.mark.parametrize(
    ("prefix", "owner"),
    [
        ("bpy.types.", bpy.types),
        ("bpy.app.handlers.", bpy.app.handlers),
        ("bpy.app.", bpy.app),
        ("bpy.data.", bpy.data),
        ("bpy.context.", bpy.context),
        ("bpy.path.", bpy.path),
    ],
)
def test_each_name_of_blenders_modules_exists(prefix: str, owner: Any) -> None:
    used = names_below(prefix)
    assert used
    used -= {name for name in used if (prefix.rstrip("."), name) in asked_for()}
    assert not [f"{prefix}{name}" for name in sorted(used) if not hasattr(owner, name)]


def test_each_menu_that_gets_an_entry_exists() -> None:
    from async_render.addon.scripts import blender_console, run_script, text_templates

    for name in (*blender_console._MENUS, *run_script._MENUS, text_templates._MENU):
        assert hasattr(bpy.types, name), name
