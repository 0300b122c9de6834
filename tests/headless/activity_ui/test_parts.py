"""What shows activities is there while anybody needs it: the extension, an `AsyncOperator`, or a panel of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import pytest

import async_render as ar
import async_render.addon
from async_render.blender.activity_ui import own_panels, parts
from async_render.render.activity import activities


class TEST_OT_first(ar.AsyncOperator):
    bl_idname, bl_label = "test.first_user", "First"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - as Blender wants it


class TEST_OT_second(ar.AsyncOperator):
    bl_idname, bl_label = "test.second_user", "Second"


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    """No user before, and none after: others of this process may have left theirs."""
    users = set(parts._users)
    for user in users:
        parts.remove_user(user)
    assert traces() == (False, 0, [], [])
    yield
    assert traces() == (False, 0, [], [])
    for user in users:
        parts.add_user(user)


def traces() -> tuple[bool, int, list[str], list[Any]]:
    """What is there: the rows, functions that draw the status bar, classes, and watchers of activities."""
    header: Any = bpy.types.STATUSBAR_HT_header
    drawn = [item for item in getattr(header.draw, "_draw_funcs", ()) if "async_render" in item.__module__]
    classes = [name for name in (*BUTTONS, ESCAPE) if hasattr(bpy.types, name)]
    return hasattr(bpy.types.WindowManager, "async_render_rows"), len(drawn), classes, activities.watchers


BUTTONS = ["ASYNC_RENDER_OT_cancel", "ASYNC_RENDER_OT_cancel_all"]
ESCAPE = "ASYNC_RENDER_OT_cancel_operator"


def test_they_come_with_the_first_operator_and_go_with_the_last() -> None:
    bpy.utils.register_class(TEST_OT_first)
    there = traces()
    assert there == (True, 1, [*BUTTONS, ESCAPE], [])
    bpy.utils.register_class(TEST_OT_second)
    bpy.utils.unregister_class(TEST_OT_first)
    assert traces() == there
    bpy.utils.unregister_class(TEST_OT_second)


def test_they_stay_for_an_operator_when_the_extension_is_disabled() -> None:
    async_render.addon.register()
    bpy.utils.register_class(TEST_OT_first)
    async_render.addon.unregister()
    assert traces() == (True, 1, [*BUTTONS, ESCAPE], [])
    async_render.addon.register()
    bpy.utils.unregister_class(TEST_OT_first)
    assert traces() == (True, 1, BUTTONS, [])
    async_render.addon.unregister()


def test_a_panel_of_ones_own_brings_them_in_the_next_turn() -> None:
    layout: Any = None
    ar.draw_activities(layout)
    assert traces() == (False, 0, [], []), "a drawing registers no class"
    assert bpy.app.timers.is_registered(own_panels._begin)
    bpy.app.timers.unregister(own_panels._begin)
    own_panels._begin()
    assert traces() == (True, 1, BUTTONS, [])
    parts.remove_user(ar.draw_activities)
