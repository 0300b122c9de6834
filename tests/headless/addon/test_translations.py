"""Whatever the add-on shows is there in German and in Japanese."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render.addon
import async_render.blender.operators.async_operator
from async_render.blender.activity_ui.labels import _STATES
from async_render.blender.activity_ui.translations import TRANSLATIONS

ADDON = Path(async_render.__file__).parent / "addon"

MESSAGE_FUNCTIONS = {"translate", "pgettext_iface", "pgettext_rpt", "pgettext_tip", "poll_message_set"}
SHOWN_ARGUMENTS = {"text", "title", "heading", "message", "confirm_text"}

WINGS = ("addon", "blender.activity_ui", "blender.operators", "blender.window")
OURS = tuple(f"async_render.{wing}." for wing in WINGS)

KINDS: tuple[Any, ...] = (bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.AddonPreferences)


def texts_in_the_source() -> dict[str, str]:
    """The texts that are handed to Blender to draw or report them, each with the place where it stands."""
    found = {}
    for file in sorted((*ADDON.rglob("*.py"), *ADDON.parent.glob("blender/**/*.py"))):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                found.update(dict.fromkeys(texts_of(node), f"{file.name}:{node.lineno}"))
    return {text: place for text, place in found.items() if any(character.isalpha() for character in text)}


def texts_of(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    shown = [value for key, value in arguments.items() if key in SHOWN_ARGUMENTS]
    if name in MESSAGE_FUNCTIONS:
        shown += call.args[:1]
    for node in shown:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr) and not is_false(arguments.get("translate")):
            yield ast.unparse(node)  # it cannot be translated: no table has it


def is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def texts_of_classes() -> dict[str, str]:
    """What Blender knows of our classes: names and descriptions, of their properties and choices too."""
    found = {}
    for kind in KINDS:
        for cls in our_classes(kind):
            shown = [getattr(cls, "bl_label", ""), getattr(cls, "bl_category", "")]
            if kind is not bpy.types.AddonPreferences:
                shown.append(getattr(cls, "bl_description", "") or cls.__doc__)
            for item in own_properties(cls, kind):
                shown += [item.name, item.description]
                if item.type == "ENUM":
                    shown += [text for choice in item.enum_items_static for text in (choice.name, choice.description)]
            found.update(dict.fromkeys(filter(None, shown), cls.__name__))
    return found


def our_classes(kind: Any) -> list[Any]:
    classes = [cls for cls in kind.__subclasses__() if cls.__module__.startswith(OURS)]
    return [cls for cls in classes if cls.__name__ != "AsyncOperator"]


def own_properties(cls: Any, kind: Any) -> list[Any]:
    rna = getattr(bpy.types, cls.__name__, cls).bl_rna  # of an operator, the class itself has no properties
    hidden = kind.bl_rna.properties
    return [item for item in rna.properties if item.identifier not in hidden and not item.is_hidden]


@pytest.fixture
def addon() -> Iterator[None]:
    async_render.addon.register()
    yield
    async_render.addon.unregister()


def test_every_message_is_translated() -> None:
    shown = texts_in_the_source()
    assert {"Nothing is running", "Frame {:d} of {:d}", "Open a text in a text editor first"} <= set(shown)
    assert {text: place for text, place in shown.items() if text not in TRANSLATIONS} == {}


def test_every_name_and_description_is_translated(addon: None) -> None:
    shown = texts_of_classes()
    assert {"Cancel All", "Cancel this script or render", "Notify After"} <= set(shown)
    assert {text: place for text, place in shown.items() if text not in TRANSLATIONS} == {}


def test_states_are_translated_and_nothing_else_is_in_the_table(addon: None) -> None:
    shown = {*_STATES.values(), *texts_in_the_source(), *texts_of_classes()}
    assert set(TRANSLATIONS) - shown == set()
    assert set(_STATES.values()) <= set(TRANSLATIONS)


@pytest.mark.parametrize("text", TRANSLATIONS)
def test_translations_keep_the_placeholders_and_have_no_full_stop(text: str) -> None:
    for translated in TRANSLATIONS[text]:
        assert placeholders(translated) == placeholders(text)
        assert translated.strip() == translated != ""
        assert not translated.endswith((".", "。"))


def placeholders(text: str) -> list[tuple[str | None, str | None]]:
    return [(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None]


def test_names_are_in_title_case_and_nothing_ends_with_a_full_stop(addon: None) -> None:
    assert [text for text in {**texts_in_the_source(), **texts_of_classes()} if text.endswith(".")] == []
    labels = [cls.bl_label for kind in KINDS[:3] for cls in our_classes(kind)]
    assert labels
    assert [label for label in labels if label != label.title()] == []


def test_class_names_are_as_blender_wants_them() -> None:
    for kind, letters in zip(KINDS[:3], ("OT", "PT", "MT"), strict=True):
        assert [cls for cls in our_classes(kind) if not cls.__name__.startswith(f"ASYNC_RENDER_{letters}_")] == []
