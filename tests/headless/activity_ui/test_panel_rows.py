"""Which rows the list of activities has, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import pytest

import async_render.addon
from async_render.blender.activity_ui import activity_rows
from async_render.blender.activity_ui.activity_rows import in_order
from async_render.render.activity import Activity, Kind, State, activities


def made(state: State, script: Activity | None = None, **values: Any) -> Activity:
    kind = Kind.SCRIPT if script is None else Kind.RENDER
    return Activity(kind=kind, name="Text", state=state, script=None if script is None else script.number, **values)


def test_what_runs_is_first_and_no_failure_stands_behind_the_queue() -> None:
    queue = [made(State.QUEUED) for _ in range(500)]
    older, newer, failed, running = (
        made(State.FINISHED),
        made(State.CANCELLED),
        made(State.FAILED),
        made(State.RUNNING),
    )
    assert in_order([*queue, older, newer, failed, running]) == [running, failed, newer, older, *queue]


def test_renders_stand_below_the_script_that_has_asked_for_them() -> None:
    first, second = made(State.RUNNING), made(State.RUNNING)
    waiting, running, failed = (made(state, first) for state in (State.QUEUED, State.RUNNING, State.FAILED))
    other = made(State.RUNNING, second)
    mixed = [first, waiting, second, other, failed, running]
    assert in_order(mixed) == [first, running, failed, waiting, second, other]


def test_a_render_stays_when_its_script_has_left_the_list() -> None:
    gone, script = made(State.FINISHED), made(State.RUNNING)
    left = made(State.FINISHED, gone)
    assert in_order([script, left]) == [script, left]


@pytest.fixture
def addon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(activities, "_all", [])
    async_render.addon.register()
    yield
    async_render.addon.unregister()


def rows() -> list[tuple[int, bool]]:
    manager: Any = bpy.context.window_manager
    return [(row.number, row.is_second) for row in manager.async_render_rows]


def test_the_rows_follow_the_activities_and_the_selection_stays(addon: None) -> None:
    manager: Any = bpy.context.window_manager
    first, second = (activities.add(made(State.QUEUED)) for _ in range(2))
    activity_rows.update()
    assert rows() == [(first.number, False), (second.number, False)]
    manager.async_render_selected = 1
    activities.start(second)
    activities.end(first, State.FAILED, ValueError("no camera"))
    activity_rows.update()
    assert rows() == [(item.number, is_second) for item in (second, first) for is_second in (False, True)]
    assert activity_rows.selected() is second
    manager.async_render_selected = 3
    assert activity_rows.selected() is first
    assert manager.async_render_rows[3].tip == "Text\nFailed  0:00\nValueError: no camera"
    activities.end(second, State.FINISHED)
    activities.forget_ended()
    activity_rows.update()
    assert (rows(), activity_rows.selected()) == ([], None)
