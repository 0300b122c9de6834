"""What Blender has no call for is found in its memory, or nothing is told."""

from __future__ import annotations

from dataclasses import fields, replace

import bpy
import pytest

from async_render.blender import reports_in_memory, wm_memory
from async_render.blender.job_progress import frame_fraction

VERSION = bpy.app.version[:2]


def test_its_lists_are_where_they_are_looked_for(scene: bpy.types.Scene) -> None:
    assert wm_memory.find_lists() is not None
    assert reports_in_memory.is_found()
    assert frame_fraction(scene.name) is None  # nothing renders


@pytest.mark.parametrize("moved", ["windows", "keyconfigs"])
def test_a_blender_that_somebody_has_changed_tells_nothing(monkeypatch: pytest.MonkeyPatch, moved: str) -> None:
    layout = wm_memory._LAYOUTS[VERSION]
    assert moved in {field.name for field in fields(layout)}
    monkeypatch.setitem(wm_memory._LAYOUTS, VERSION, replace(layout, **{moved: getattr(layout, moved) + 8}))
    assert wm_memory.find_lists() is None
    assert reports_in_memory.newest() == 0
    assert reports_in_memory.since(0) == []
    assert frame_fraction("Scene") is None


def test_reports_after_one_that_is_gone_are_not_told() -> None:
    assert reports_in_memory.since(reports_in_memory.newest()) == []
    assert reports_in_memory.since(8) == []


def test_a_blender_that_is_not_known_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(wm_memory._LAYOUTS, VERSION)
    assert wm_memory.find_lists() is None
    assert reports_in_memory.since(0) == []
