"""A file, and a pool of two workers for all tests of a module: to start them takes seconds."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from async_render.pool.pool import BlenderPool
from async_render.pool.worker_process import process

if importlib.util.find_spec("bpy") is not None:
    import bpy

    from ...support.cameras import add_camera
    from ...support.empty_file import new_empty_file

FRAMES = 12

ENDLESS: Any = {"samples": 10_000_000, "overrides": {"cycles.use_adaptive_sampling": False}}
"""Fields of a render that takes minutes for each frame."""


@pytest.fixture(scope="package", autouse=True)
def patience() -> Iterator[None]:
    """Time for a cancelled worker: the pool ends one that takes longer, as on a slow machine, and starts another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "CANCEL_LIMIT", 60.0)
        yield


@pytest.fixture(scope="session")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of twelve frames, 32 × 32 pixels, one sample each, on one core."""
    return save_shot(tmp_path_factory.mktemp("shot") / "shot.blend")


def save_shot(file: Path) -> Path:
    scene = new_empty_file()
    scene.world = bpy.data.worlds.new("World")
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.filepath = "//out/f_"
    scene.camera = add_camera(scene, "Camera")
    file.parent.mkdir(exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(file), check_existing=False)
    return file


@pytest.fixture(scope="module")
def pool(shot: Path) -> Iterator[BlenderPool]:
    """Two workers of this Python, which have the file open."""
    pool = BlenderPool(2, blender=sys.executable, file=shot)
    pool.open()
    deadline = monotonic() + 300
    while [worker.loads for worker in pool.workers] != [1, 1]:
        assert monotonic() < deadline, pool.workers
        futures = [pool.submit(filepath=f"{shot.parent}/{name}/####", frames="1-2") for name in ("a", "b")]
        assert [future.result(300).frames for future in futures] == [(1, 2), (1, 2)]
    yield pool
    pool.close()
    assert pool.workers == ()


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """A folder for files, in which nothing of ours is left."""
    folder = tmp_path / "out"
    yield folder
    left = [file.name for file in folder.glob(".*")] if folder.is_dir() else []
    shutil.rmtree(folder, ignore_errors=True)
    assert not left
