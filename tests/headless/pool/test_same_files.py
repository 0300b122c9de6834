"""Two pools that write the same files, of one process or two: each kind of call is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.pool.pool import BlenderPool

from ...support.processes import start_script
from .conftest import ENDLESS, save_shot

SCRIPTS = Path(__file__).parent / "scripts"

MOVIE: Any = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1"}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlenderPool]:
    """One worker of this Python, whose file has an object that can be baked."""
    file = save_shot(tmp_path_factory.mktemp("shot") / "shot.blend")
    bpy.ops.mesh.primitive_plane_add()
    bpy.context.object.name = "Wall/A"
    bpy.ops.wm.save_mainfile()
    with BlenderPool(1, blender=sys.executable, file=file) as pool:
        yield pool


@contextmanager
def claimed_by_another_process(file: Path) -> Iterator[int]:
    """Let another process claim a file, as its pool would, and return the process."""
    with start_script(SCRIPTS / "claim.py", file) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "claimed\n"
        try:
            yield owner.pid
        finally:
            owner.kill()


async def still(pool: BlenderPool, file: Path) -> object:
    return await pool.render_still(filepath=file)


async def animation(pool: BlenderPool, file: Path) -> object:
    return await pool.render_animation(filepath=file.with_name("f_####"), frames="1-3")


async def movie(pool: BlenderPool, file: Path) -> object:
    return await pool.render_animation(filepath=file, frames="1-3", **MOVIE)


async def encode(pool: BlenderPool, file: Path) -> object:
    result = await pool.render_animation(filepath=file.with_name("pictures") / "####", frames="1-3")
    return await pool.encode(result.files, filepath=file, **MOVIE)


async def mixdown(pool: BlenderPool, file: Path) -> object:
    return await pool.mixdown(file)


async def bake(pool: BlenderPool, file: Path) -> object:
    return await pool.bake("DIFFUSE", filepath=file, save_mode="EXTERNAL", use_automatic_name=False)


async def bake_by_name(pool: BlenderPool, file: Path) -> object:
    """Bake into the file that has the object's name, of which a slash makes a folder."""
    picture = file.parent.with_name("baked.png")
    return await pool.bake("DIFFUSE", filepath=picture, save_mode="EXTERNAL", use_automatic_name=True)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (still, "still.png"),
        (animation, "f_0003.png"),
        (movie, "film.mkv"),
        (encode, "film.mkv"),
        (mixdown, "sound.flac"),
        (bake, "baked.png"),
        (bake_by_name, "baked_Wall/A_DIFFUSE.png"),
    ],
)
async def test_a_file_that_a_pool_of_another_process_writes_is_refused(
    call: Callable[[BlenderPool, Path], Awaitable[object]], name: str, worker: BlenderPool, tmp_path: Path
) -> None:
    file = tmp_path / name
    with (
        claimed_by_another_process(file) as owner,
        pytest.raises(ar.RenderError, match=f"{file}: another pool, of the process {owner}, is writing this file"),
    ):
        await call(worker, file)
    assert [left.name for left in tmp_path.iterdir() if left.name != "pictures"] == []


async def test_a_still_that_is_rendered_is_refused_in_the_same_process(worker: BlenderPool, tmp_path: Path) -> None:
    file = tmp_path / "f_0002.png"
    rendering = asyncio.create_task(worker.render_still(filepath=file.with_suffix(""), **ENDLESS))
    while not list(tmp_path.glob(".async_render_frames_*")):
        assert not rendering.done(), rendering
        await asyncio.sleep(0.02)
    with (
        BlenderPool(1, blender=sys.executable, file=worker._options.file) as other,
        pytest.raises(ar.RenderError, match=f"{file}: another pool, of this process, is writing") as caught,
    ):
        await other.render_animation(filepath=tmp_path / "f_####", frames="1-3")
    assert caught.value.frame == 2
    rendering.cancel()
    await asyncio.wait([rendering])
    assert list(tmp_path.iterdir()) == []


async def test_a_second_call_may_write_the_same_files_afterwards(worker: BlenderPool, tmp_path: Path) -> None:
    for call, name in ((still, "still.png"), (encode, "film.mkv")):
        for _ in range(2):
            await call(worker, tmp_path / name)
