"""A tiny scene on the `bpy` module."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from ..support.requirements import skip

if importlib.util.find_spec("bpy") is not None:
    import bpy

    from async_render.blender.settings import journal, recovery

    from ..support.cameras import add_camera
    from ..support.empty_file import new_empty_file
else:

    class NotHere(pytest.Module):
        """A test file that cannot be imported."""

        def collect(self) -> NoReturn:
            skip("bpy", "headless tests need the bpy module: `.ci/task headless`, with Python 3.11 or 3.13")

    def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """Skip here and not above: pytest shows a traceback where a conftest.py skips."""
        return NotHere.from_parent(parent, path=module_path)


NUMBERS = itertools.count()
"""The numbers of this process's tests."""


@pytest.fixture(scope="session", autouse=True)
def own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for the configuration of Blenders that tests start: the user's journal gets none of their entries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLENDER_USER_CONFIG", str(tmp_path_factory.mktemp("blender")))
        yield


@pytest.fixture(autouse=True)
def journal_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The journal of the test's own, and not the user's."""
    # Made where it is needed: `mktemp` looks at the folders of all tests before.
    folder = tmp_path_factory.getbasetemp() / f"config of {next(NUMBERS)}" / "async_render" / "journal"
    with pytest.MonkeyPatch.context() as patch:  # one of its own: that of a test is taken back before other fixtures
        patch.setattr(journal, "folder", lambda: folder)
        yield folder
    recovery.unregister()  # where settings are applied outside of a loop, its handlers stay until the process ends


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """An empty file's one scene: a camera that sees the world's colour, three frames of 32 × 18 pixels."""
    scene = new_empty_file()
    scene.world = bpy.data.worlds.new("World")
    scene.frame_start, scene.frame_end = 1, 3
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False  # it takes 0.1 s a frame, all else 3 ms
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.filepath = f"{tmp_path}/scene_"
    scene.camera = add_camera(scene, "Camera")
    yield scene
    for name in ("render_init", "render_pre", "render_write", "render_complete", "render_cancel"):
        assert not list(getattr(bpy.app.handlers, name)), f"a handler was left in {name}"
