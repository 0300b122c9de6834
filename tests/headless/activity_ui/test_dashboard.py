"""The button that opens Dask's dashboard."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

import async_render.addon
from async_render.blender.activity_ui import activity_list, activity_rows
from async_render.render.activity import Activity, Kind, State, activities

PAGE = "http://scheduler:8787/status"


@pytest.fixture
def addon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(activities, "_all", [])
    async_render.addon.register()
    yield
    async_render.addon.unregister()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that Blender has opened."""
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    return found


def added(dashboard: str | None) -> Activity:
    activity = activities.add(Activity(kind=Kind.RENDER, name="Shot", state=State.RUNNING, dashboard=dashboard))
    activity_rows.update()
    return activity


class Layout(SimpleNamespace):
    """A layout that records its buttons."""

    def __init__(self, buttons: list[Any]) -> None:
        super().__init__(buttons=buttons, enabled=True)

    def row(self, **_: Any) -> Layout:
        return Layout(self.buttons)

    def template_list(self, *_: Any, **__: Any) -> None:
        """Draw nothing."""

    def operator(self, name: str, **_: Any) -> Any:
        self.buttons.append(SimpleNamespace(name=name))
        return self.buttons[-1]


@pytest.mark.core
def test_a_farms_render_has_a_button_that_opens_its_dashboard(addon: None, opened: list[str]) -> None:
    activity = added(PAGE)
    buttons: list[Any] = []
    activity_list.draw_list(Layout(buttons))
    assert buttons[-1].name == "async_render.open_dashboard"
    assert buttons[-1].number == activity.number
    operators: Any = bpy.ops
    assert operators.async_render.open_dashboard(number=activity.number) == {"FINISHED"}
    assert opened == [PAGE]


def test_other_renders_have_none(addon: None, opened: list[str]) -> None:
    activity = added(None)
    buttons: list[Any] = []
    activity_list.draw_list(Layout(buttons))
    assert activity_rows.selected() is activity
    assert "async_render.open_dashboard" not in [button.name for button in buttons]
    operators: Any = bpy.ops
    assert operators.async_render.open_dashboard(number=activity.number) == {"CANCELLED"}
    assert opened == []


def test_what_is_no_web_page_is_not_opened(addon: None, opened: list[str]) -> None:
    activity = added("file:///etc/passwd")
    operators: Any = bpy.ops
    with pytest.raises(RuntimeError, match="file:///etc/passwd is not the address of a web page"):
        operators.async_render.open_dashboard(number=activity.number)
    assert opened == []
