"""The settings of a render go a straight way: they are resolved once into a plan, and the plan is handed on."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...support.way_of_settings import calls_of_an_animation

MOST = 12
"""Modules that the settings enter at most: who reads the code walks through them."""


def test_settings_enter_few_modules_and_seldom_come_back(scene: bpy.types.Scene, tmp_path: Path) -> None:
    calls = calls_of_an_animation(tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["0001.png", "0002.png"]
    way = calls.with_settings
    assert way.modules[0] == "blender.kinds.animation"
    assert {"blender.settings.validate", "blender.settings.apply", "blender.kinds.plan"} <= set(way.modules)
    assert len(way.modules) <= MOST, way.passages
    assert way.returns <= len(way.modules) / 2, way.passages
    assert len(calls.with_carriers.modules) <= MOST, calls.with_carriers.passages


def test_after_the_plan_settings_enter_no_step_of_the_render(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """The jobs have ranges, which the plan applies; no path and no frame is composed again."""
    passages = calls_of_an_animation(tmp_path).with_settings.passages
    after = passages[passages.index("blender.kinds.plan") :]
    assert set(after) <= {"blender.kinds.plan", "render.settings", "blender.settings.apply", "blender.settings.fields"}
