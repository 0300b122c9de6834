"""Reports where Blender, up to 5.1, has no call for them."""

from __future__ import annotations

import bpy
import pytest

from async_render.blender import reports_in_memory


def has_a_call() -> bool:
    return hasattr(bpy.context.window_manager, "reports")


def test_the_reports_are_told_or_are_where_they_are_looked_for() -> None:
    assert reports_in_memory.is_found() != has_a_call()


def test_a_blender_that_somebody_has_changed_has_no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    places = dict.fromkeys([bpy.app.version[:2]], (32, 64, 24))
    monkeypatch.setattr(reports_in_memory, "_PLACES", places)
    assert not reports_in_memory.is_found()
    assert reports_in_memory.newest() == 0
    assert reports_in_memory.since(0) == []
