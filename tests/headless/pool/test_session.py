"""A pool that renders the session of this process: what the window has, unsaved changes included."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import bpy
import pytest

import async_render as ar
from async_render.blender.session import source
from async_render.output.integrity import find_damage

from .conftest import save_shot

T = TypeVar("T")


@pytest.fixture(scope="module")
def pool() -> Iterator[ar.BlenderPool]:
    """One worker: the session is what counts here."""
    pool = ar.BlenderPool(1)
    pool.open()
    yield pool
    pool.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_shot(tmp_path / "Käse 熊貓" / "shot.blend")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return ar.run(coroutine).result()


def brighten(factor: float) -> None:
    """Change the session without a trace: no undo step, no unsaved change that Blender knows of."""
    bpy.data.scenes[0].cycles.film_exposure = factor


def test_unsaved_changes_are_rendered_and_the_session_stays_as_it_was(pool: ar.BlenderPool, file: Path) -> None:
    brighten(4.0)
    content = file.read_bytes()

    async def main() -> None:
        here = await ar.render_still(write=False, pixels=True)
        there = await pool.render_still(write=False, pixels=True)
        assert there.pixels.values == here.pixels.values
        assert here.pixels.values[0] == pytest.approx(4 * 0.05)

    run(main())
    assert bpy.data.filepath == str(file)
    assert file.read_bytes() == content


def test_a_session_whose_folder_somebody_has_removed_is_rendered_on(pool: ar.BlenderPool, file: Path) -> None:
    async def main() -> None:
        await pool.render_still(filepath="//before", frame=1)
        assert source.session._private is not None
        shutil.rmtree(source.session._private.path)
        loads = pool.workers[0].loads
        await pool.render_still(filepath="//after", frame=1)
        assert pool.workers[0].loads == loads + 1, "the copy that the worker has open is gone"

    run(main())
    assert [find_damage(file.parent / f"{name}.png") for name in ("before", "after")] == [None, None]


def test_a_session_that_does_not_change_is_opened_once(pool: ar.BlenderPool, file: Path) -> None:
    async def main() -> list[int]:
        loads = []
        for number in range(3):
            await pool.render_animation(frames="1-2", filepath=f"//out{number}/####")
            loads.append(pool.workers[0].loads)
        brighten(2.0)
        await pool.render_animation(frames="1-2", filepath="//out3/####")
        return [*loads, pool.workers[0].loads]

    loads = run(main())
    assert [count - loads[0] for count in loads] == [0, 0, 0, 1]
    assert sorted(picture.relative_to(file.parent).as_posix() for picture in file.parent.rglob("*.png")) == [
        f"out{number}/{frame:04}.png" for number in range(4) for frame in (1, 2)
    ]


def test_the_scenes_own_output_path_is_beside_the_real_file(pool: ar.BlenderPool, file: Path) -> None:
    result = run(pool.render_animation(frames="3"))
    assert result.files == (file.parent / "out" / "f_0003.png",)


def test_a_movie_of_many_workers_has_the_pictures_of_one(pool: ar.BlenderPool, file: Path) -> None:
    fields: Any = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1", "frames": "1-4"}
    brighten(3.0)

    async def main() -> list[Path]:
        here = await ar.render_animation(filepath="//here.mkv", **fields)
        there = await pool.render_animation(filepath="//there.mkv", **fields)
        assert (there.frames, len(there.files)) == (here.frames, 1)
        assert list(there.frame_seconds) == list(here.frame_seconds)
        return [*here.files, *there.files]

    files = run(main())
    assert [file.stem[:5] for file in files] == ["here", "there"]
    here, there = (first_pixel(file) for file in files)
    assert there == pytest.approx(here, abs=0.005)
    assert [item.name for item in file.parent.iterdir() if item.name.startswith(".")] == []


def first_pixel(movie: Path) -> list[float]:
    return pixels_of(bpy.data.images.load(str(movie)))[:3]


def pixels_of(image: Any) -> list[float]:
    return list(image.pixels)


def test_images_of_the_session_get_the_pixels_that_a_worker_bakes(pool: ar.BlenderPool, file: Path) -> None:
    bpy.ops.mesh.primitive_plane_add()
    plane = bpy.context.object
    material = bpy.data.materials.new("Material")
    if material.node_tree is None:  # before 5.0
        material.use_nodes = True
    plane.data.materials.append(material)
    image = bpy.data.images.new("Texture", 8, 8)
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.nodes.active = node
    assert pixels_of(image)[0] == 0.0

    async def main() -> ar.OperatorResult:
        return await pool.bake("DIFFUSE", pass_filter={"COLOR"}, margin=0)

    result = run(main())
    assert result.status == "FINISHED"
    assert pixels_of(bpy.data.images["Texture"])[0] > 0.5


def test_code_that_is_not_async_renders_the_session_too(pool: ar.BlenderPool, file: Path) -> None:
    brighten(5.0)
    future = pool.submit(frames="1-3", filepath="//future/####")
    assert future.result(120).files == tuple(file.parent / "future" / f"{frame:04}.png" for frame in (1, 2, 3))

    async def on_a_thread() -> None:
        with pytest.raises(
            RuntimeError, match=r"on a thread, which cannot save the session: .* give BlenderPool\(file"
        ):
            await asyncio.to_thread(pool.submit)

    run(on_a_thread())
