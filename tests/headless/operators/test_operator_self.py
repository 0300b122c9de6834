"""`self` in the coroutine of an `AsyncOperator`: what typical code of add-ons does with an operator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import bpy
import pytest

import async_render as ar

pytestmark = pytest.mark.core

Look = Callable[[Any], object]


class Base(ar.AsyncOperator):
    """Has what several operators share."""

    count: Any

    async def run(self, context: bpy.types.Context) -> None:
        type(self).count += 1
        self.begun = True


class TEST_OT_self(Base):
    """Do what the test wants"""

    bl_idname = "test.operator_self"
    bl_label = "Operator Self"

    count = 0
    look: Look = staticmethod(lambda _operator: None)
    found: object = None

    size: bpy.props.FloatProperty(default=1.0)
    path: bpy.props.StringProperty(default="//x")
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement)
    matrix: bpy.props.FloatVectorProperty(size=(2, 2))

    @property
    def double(self) -> float:
        return float(2 * self.size)

    @double.setter
    def double(self, value: float) -> None:
        self.size = value / 2

    async def run(self, context: bpy.types.Context) -> None:
        await asyncio.sleep(0)
        await super().run(context)
        cls: Any = TEST_OT_self
        cls.found = cls.look(self)


@pytest.fixture(autouse=True)
def operator(scene: bpy.types.Scene) -> Iterator[None]:
    bpy.utils.register_class(TEST_OT_self)
    yield
    bpy.utils.unregister_class(TEST_OT_self)


def seen(look: Look, **properties: Any) -> Any:
    """What `look` returns for the `self` of a call."""
    cls: Any = TEST_OT_self
    cls.look = staticmethod(look)
    assert bpy.ops.test.operator_self(**properties) == {"FINISHED"}
    return cls.found


def test_super_reaches_the_methods_of_base_classes() -> None:
    before = TEST_OT_self.count
    assert seen(lambda self: self.begun) is True
    assert TEST_OT_self.count == before + 1, "type(self) takes the attributes of the class"


@pytest.mark.parametrize("kind", [TEST_OT_self, Base, ar.AsyncOperator, bpy.types.Operator])
def test_isinstance_takes_it_for_an_operator(kind: type) -> None:
    assert seen(lambda self: isinstance(self, kind)) is True


def test_its_class_has_the_attributes_of_the_operators_class() -> None:
    names = seen(lambda self: (type(self).__name__, type(self).bl_label, type(self).is_running(), self.__class__))
    assert names == ("TEST_OT_self", "Operator Self", True, TEST_OT_self)


def test_as_keywords_has_all_properties_but_those_to_be_ignored() -> None:
    keywords = seen(lambda self: self.as_keywords(ignore=("path", "matrix")), size=3.0, files=[{"name": "a"}])
    assert keywords["size"] == 3.0
    assert [file.name for file in keywords["files"]] == ["a"]
    assert keywords.keys() == {"size", "files"}
    assert seen(lambda self: super(Base, self).as_keywords(), size=3.0)["size"] == 3.0


def test_properties_know_which_were_given() -> None:
    def look(self: Any) -> list[object]:
        first = [self.properties.size, self.properties.is_property_set("size"), self.is_property_set("path")]
        self.path = "//y"
        self.double = 8
        return [
            *first,
            self.properties.path,
            self.properties.is_property_set("path"),
            self.size,
            self.properties.keys(),
        ]

    assert seen(look, size=3.0) == [3.0, True, False, "//y", True, 4.0, ["size", "path"]]


def test_properties_can_be_set_and_given_to_another_call() -> None:
    def look(self: Any) -> object:
        self.properties.size = 5.0
        return self.properties.as_arguments()

    arguments = seen(look, files=[{"name": "a.png"}])
    assert arguments == {"size": 5.0, "files": [{"name": "a.png"}]}
    assert seen(lambda self: [file.name for file in self.files], **arguments) == ["a.png"]


def test_arrays_of_arrays_do_not_point_into_freed_memory() -> None:
    assert seen(lambda self: self.matrix, matrix=((1, 2), (3, 4))) == ((1.0, 2.0), (3.0, 4.0))


def test_the_types_of_properties_and_the_options_are_known() -> None:
    look: Look = lambda self: (self.properties.rna_type.properties["size"].default, self.options.is_invoke)  # noqa: E731
    assert seen(look) == (1.0, False)


def test_a_misspelt_name_is_named() -> None:
    def look(self: Any) -> list[str]:
        messages = []
        for attempt in (
            lambda: self.siez,
            lambda: self.properties.siez,
            lambda: setattr(self.properties, "siez", 1),
            lambda: self.is_property_set("siez"),
        ):
            with pytest.raises((AttributeError, TypeError)) as raised:
                attempt()
            messages.append(str(raised.value))
        return messages

    assert seen(look) == [
        "'TEST_OT_self' object has no attribute 'siez'",
        *["the operator has no property 'siez'; it has size, path, files, matrix"] * 2,
        "is_property_set('siez'): the operator has no such property",
    ]
