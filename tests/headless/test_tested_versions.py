"""What depends on Blender's internals is used only where its tests have run."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from async_render.blender import break_flag, tested

pytestmark = pytest.mark.core

ROOT = Path(tested.__file__).parents[2]

MODULES = ("break_flag", "ctrl_c", "headless", "job_progress", "module_exit", "wm_memory", "writes")
"""Of async_render.blender."""

WITHOUT_VERSIONS = {"reports_in_memory": "wm_memory"}
"""Files that find nothing where another one finds nothing."""


@pytest.mark.parametrize("name", MODULES)
def test_a_file_names_only_versions_that_are_tested(name: str) -> None:
    versions = import_module(f"async_render.blender.{name}").VERSIONS
    assert versions
    assert versions <= tested.ALL
    assert "is_tested(VERSIONS)" in (ROOT / "async_render" / "blender" / f"{name}.py").read_text()


def test_every_file_that_reads_memory_names_its_versions() -> None:
    files = [
        file
        for file in (ROOT / "async_render").rglob("*.py")
        if re.search(r"^import ctypes", file.read_text(), re.MULTILINE)
    ]
    assert {file.stem for file in files} <= {*MODULES, *WITHOUT_VERSIONS}
    for name, other in WITHOUT_VERSIONS.items():
        assert f"from .{other} import" in (ROOT / "async_render" / "blender" / f"{name}.py").read_text()


def test_the_wheels_are_those_of_the_matrix() -> None:
    matrix = re.search(r"^VERSIONS=\((.*)\)$", (ROOT / ".ci" / "test-wheels").read_text(), re.MULTILINE)
    assert matrix is not None
    assert {tuple(map(int, version.split("."))) for version in matrix[1].split()} == tested.WHEELS


def test_this_blender_is_one_of_them() -> None:
    assert tested.is_tested(tested.WHEELS)


@pytest.mark.parametrize("change", ["version", "version_cycle"])
def test_a_blender_that_is_newer_or_not_released_is_none_of_them(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    class App:
        version = (9, 0, 0) if change == "version" else bpy.app.version
        version_cycle = "alpha" if change == "version_cycle" else "release"
        version_string = "9.0.0 Alpha"
        build_options = bpy.app.build_options

    class Bpy:
        app = App

    monkeypatch.setattr(tested, "bpy", Bpy)
    assert not tested.is_tested(tested.ALL)


def test_a_blender_that_is_not_known_is_not_stopped_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(break_flag, "VERSIONS", frozenset())
    with break_flag.BreakFlag() as flag:
        flag.set()
        flag.set()
    (message,) = caplog.messages
    assert message.endswith("is not known to this Async Render, and cannot be stopped: its job goes on to its end")
