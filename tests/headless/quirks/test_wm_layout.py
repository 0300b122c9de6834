"""What Blender has no call for is found in its memory, or nothing is told."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import bpy
import pytest

from async_render.blender.quirks import wm_layout, wm_reports
from async_render.blender.quirks.wm_jobs import frame_fraction

pytestmark = pytest.mark.core

VERSION = bpy.app.version[:2]


def test_its_lists_are_where_they_are_looked_for(scene: bpy.types.Scene) -> None:
    assert wm_layout.find_lists() is not None
    assert wm_reports.is_found()
    assert frame_fraction(scene.session_uid) is None  # nothing renders


def test_reports_are_read_as_blender_wrote_them(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """Loading a file whose engine is missing is one of the few things that report something without a window."""

    class Gone(bpy.types.RenderEngine):
        bl_idname, bl_label = "GONE_Ä", "Gone"

    file, names = str(tmp_path / "a.blend"), ("Scene", "Zwei")
    bpy.data.scenes.new(names[1])
    bpy.utils.register_class(Gone)
    for name in names:
        bpy.data.scenes[name].render.engine = Gone.bl_idname
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.utils.unregister_class(Gone)
    bpy.ops.wm.open_mainfile(filepath=file)
    reports = wm_reports.since(0)[-2:]
    assert [report.type for report in reports] == ["ERROR", "ERROR"]
    for name, report in zip(names, reports, strict=True):
        assert report.message.startswith(f"Engine 'GONE_Ä' not available for scene '{name}'")
    if hasattr(bpy.types.WindowManager, "reports"):  # 5.2
        own = bpy.context.window_manager.reports[-2:]
        assert [(report.type, report.message) for report in own] == [(item.type, item.message) for item in reports]


@pytest.mark.parametrize("moved", ["windows", "keyconfigs"])
def test_a_blender_that_somebody_has_changed_tells_nothing(monkeypatch: pytest.MonkeyPatch, moved: str) -> None:
    layout = wm_layout._LAYOUTS[VERSION]
    assert moved in {field.name for field in fields(layout)}
    monkeypatch.setitem(wm_layout._LAYOUTS, VERSION, replace(layout, **{moved: getattr(layout, moved) + 8}))
    assert wm_layout.find_lists() is None
    assert wm_reports.newest() == 0
    assert wm_reports.since(0) == []
    assert frame_fraction(bpy.data.scenes[0].session_uid) is None


def test_reports_after_one_that_is_gone_are_not_told() -> None:
    assert wm_reports.since(wm_reports.newest()) == []
    assert wm_reports.since(8) == []


def test_a_blender_that_is_not_known_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wm_layout, "VERSIONS", wm_layout.VERSIONS - {VERSION})
    assert wm_layout.find_lists() is None
    assert wm_reports.since(0) == []
