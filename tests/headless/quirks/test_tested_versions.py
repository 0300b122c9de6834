"""What depends on Blender's internals is used only where its tests have run."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from async_render.blender.quirks import break_flag, versions

pytestmark = pytest.mark.core

ROOT = Path(versions.__file__).parents[3]

MODULES = (
    "quirks.break_flag",
    "quirks.sigint",
    "quirks.cycles",
    "quirks.wm_jobs",
    "quirks.module_exit",
    "quirks.wm_layout",
    "quirks.draw_lock",
)
"""Of async_render.blender."""

WITHOUT_VERSIONS = {"quirks.wm_reports": "wm_layout"}
"""Files that find nothing where another one finds nothing."""

OF_THE_SYSTEM = {
    ROOT / "async_render" / "pool" / "worker_process" / "windows_job.py",
    ROOT / "async_render" / "blender" / "worker" / "orphans.py",
    ROOT / "async_render" / "blender" / "quirks" / "lasting_timer.py",
}
"""Files that call the system, or Python, by ctypes, and read nothing of Blender's memory."""


def file_of(module: str) -> Path:
    return ROOT.joinpath("async_render", "blender", *module.split(".")).with_suffix(".py")


@pytest.mark.parametrize("name", MODULES)
def test_a_file_names_only_versions_that_are_tested(name: str) -> None:
    used = import_module(f"async_render.blender.{name}").VERSIONS
    assert used
    assert used <= versions.ALL
    assert "is_tested(VERSIONS)" in file_of(name).read_text()


def test_every_file_that_reads_memory_names_its_versions() -> None:
    files = [
        file
        for file in (ROOT / "async_render").rglob("*.py")
        if re.search(r"^import ctypes", file.read_text(), re.MULTILINE)
    ]
    assert set(files) - OF_THE_SYSTEM <= {file_of(name) for name in (*MODULES, *WITHOUT_VERSIONS)}
    for name, other in WITHOUT_VERSIONS.items():
        assert f"from .{other} import" in file_of(name).read_text()


def test_the_wheels_are_those_of_the_matrix() -> None:
    matrix = re.search(r"^VERSIONS=\((.*)\)$", (ROOT / ".ci" / "test-wheels").read_text(), re.MULTILINE)
    assert matrix is not None
    steps = re.findall(r'"wheel ([\d.]+)"', (ROOT / ".ci" / "run").read_text())
    assert sorted(steps) == matrix[1].split()
    assert {tuple(map(int, version.split("."))) for version in steps} == versions.WHEELS


def test_this_blender_is_one_of_them() -> None:
    assert versions.is_tested(versions.WHEELS)


@pytest.mark.parametrize("change", ["version", "version_cycle"])
def test_a_blender_that_is_newer_or_not_released_is_none_of_them(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    class App:
        version = (9, 0, 0) if change == "version" else bpy.app.version
        version_cycle = "alpha" if change == "version_cycle" else "release"
        version_string = "9.0.0 Alpha"
        build_options = bpy.app.build_options

    class Bpy:
        app = App

    monkeypatch.setattr(versions, "bpy", Bpy)
    assert not versions.is_tested(versions.ALL)


def test_a_blender_that_is_not_known_is_not_stopped_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(break_flag, "VERSIONS", frozenset())
    with break_flag.BreakFlag() as flag:
        flag.set()
        flag.set()
    (message,) = caplog.messages
    assert message.endswith("is not known to this Async Render, and cannot be stopped: its job goes on to its end")
