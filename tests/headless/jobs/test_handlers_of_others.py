"""What the render handlers of other add-ons find in the scene, and what they may do there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.pictures import open_picture

HANDLERS = ("render_init", "render_pre", "render_post", "render_write", "render_stats", "render_complete")


@contextmanager
def handlers(**functions: Callable[..., None]) -> Iterator[None]:
    for name, function in functions.items():
        getattr(bpy.app.handlers, name).append(function)
    try:
        yield
    finally:
        for name, function in functions.items():
            getattr(bpy.app.handlers, name).remove(function)


def seen_by_handlers(scene: bpy.types.Scene, read: Callable[[], str], settings: ar.RenderSettings, kind: str) -> Any:
    """All that the handlers read, and the result."""
    seen: dict[str, str] = {}
    readers = {name: lambda *_, name=name: seen.__setitem__(name, read()) for name in HANDLERS}
    with handlers(**readers):
        result = ar.run(ar.render_still(settings) if kind == "still" else ar.render_animation(settings)).result()
    assert set(seen) == set(HANDLERS)
    return set(seen.values()), result


@pytest.mark.parametrize("name", ["poster", "poster.png", "{{a}}"])
@pytest.mark.parametrize("use_file_extension", [True, False])
def test_the_path_in_the_scene_is_where_a_still_will_be(
    scene: bpy.types.Scene, tmp_path: Path, name: str, use_file_extension: bool
) -> None:
    scene.render.use_file_extension = use_file_extension
    settings = ar.RenderSettings(filepath=tmp_path / name)
    seen, result = seen_by_handlers(scene, lambda: scene.render.filepath, settings, "still")
    doubled = bpy.app.version >= (4, 5)
    assert seen == {str(result.files[0]).replace("{", "{{").replace("}", "}}") if doubled else str(result.files[0])}
    assert scene.render.use_file_extension == use_file_extension
    assert list(tmp_path.iterdir()) == list(result.files)


@pytest.mark.parametrize(
    ("kind", "name"), [("still", "pic_##"), ("still", "out/"), ("still", "a.####.b"), ("movie", "film_")]
)
def test_the_frame_path_of_the_scene_is_where_a_numbered_still_or_a_movie_will_be(
    scene: bpy.types.Scene, tmp_path: Path, kind: str, name: str
) -> None:
    movie: dict[str, Any] = {"file_format": "FFMPEG", "container": "MKV"} if kind == "movie" else {}
    settings = ar.RenderSettings(filepath=f"{tmp_path}/{name}", **movie)
    seen, result = seen_by_handlers(scene, lambda: scene.render.frame_path(), settings, kind)
    assert seen == {str(result.files[0])}
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == list(result.files)


@pytest.mark.parametrize("kind", ["still", "frames", "movie"])
@pytest.mark.parametrize("was_there", [True, False])
@pytest.mark.parametrize("is_set_back", [True, False])
def test_an_add_on_that_sets_its_own_path_is_named(
    scene: bpy.types.Scene, tmp_path: Path, kind: str, was_there: bool, is_set_back: bool
) -> None:
    movie: dict[str, Any] = {"file_format": "FFMPEG", "container": "MKV"} if kind == "movie" else {}
    settings = ar.RenderSettings(filepath=f"{tmp_path}/ours.x", frame_start=1, frame_end=1, **movie)
    render = ar.render_still if kind == "still" else ar.render_animation
    if was_there:
        (ours,) = ar.run(render(settings)).result().files
        before = ours.read_bytes()
        if kind == "frames":  # they are known by their time, and some disks keep times in steps of two seconds
            os.utime(ours, (0, 0))
    own = scene.render.filepath

    def set_path(*_: object) -> None:
        scene.render.filepath = f"{tmp_path}/theirs"

    def set_back(*_: object) -> None:
        if is_set_back:
            scene.render.filepath = own

    with handlers(render_init=set_path, render_complete=set_back), pytest.raises(ar.OutputError) as caught:
        ar.run(render(settings)).result()
    message = str(caught.value)
    assert f"scene.render.filepath was changed to '{tmp_path}/theirs' during the render" in message
    assert f"{__name__}.{set_path.__qualname__}" in message
    assert len(list(tmp_path.glob("theirs*"))) == 1
    assert [file.read_bytes() for file in tmp_path.glob("ours*")] == ([before] if was_there else [])
    assert not list(tmp_path.glob(".async_render_*"))
    assert scene.render.filepath == (own if is_set_back else f"{tmp_path}/theirs")  # what others set stays


def test_a_movie_grows_beside_its_place_and_the_old_one_stays(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = ar.RenderSettings(filepath=f"{tmp_path}/film.mkv", file_format="FFMPEG", container="MKV")
    film = tmp_path / "film.mkv"
    film.write_text("the old one")
    seen: list[tuple[str, list[str]]] = []

    def look() -> tuple[str, list[str]]:
        return film.read_text(), [file.name for file in tmp_path.glob(".async_render_*/*.*.*")]

    async def watched() -> ar.RenderResult | None:
        async with ar.render_frames(settings) as frames:
            seen.extend([look() async for _ in frames])
        return frames.result

    result = ar.run(watched()).result()
    assert seen == [("the old one", ["film.partial.mkv"])] * 3
    assert result is not None
    assert result.files == (film,)
    assert film.read_bytes()[:4] == b"\x1aE\xdf\xa3"
    assert list(tmp_path.iterdir()) == [film]


@pytest.mark.parametrize("name", ["pic_##", "pic_01.png"])
@pytest.mark.parametrize("is_link", [True, False])
def test_a_still_that_was_there_comes_back_when_the_new_one_is_cut(
    scene: bpy.types.Scene, tmp_path: Path, name: str, is_link: bool
) -> None:
    old = tmp_path / ("elsewhere.png" if is_link else "pic_01.png")
    old.write_text("the old one")
    if is_link:
        (tmp_path / "pic_01.png").symlink_to(old)

    def cut(*_: object) -> None:
        (file,) = [*tmp_path.glob("pic_01.png?*")] or [*tmp_path.glob("pic_01.png")]
        file.write_bytes(file.read_bytes()[:100])

    with handlers(render_write=cut), pytest.raises(ar.OutputError, match=r"pic_01\.png is cut off"):
        ar.run(ar.render_still(ar.RenderSettings(filepath=tmp_path / name), frame=1)).result()
    assert (tmp_path / "pic_01.png").read_text() == "the old one"
    assert {file.name for file in tmp_path.iterdir()} == {"pic_01.png", old.name}


@pytest.mark.parametrize("name", ["pic_##", "pic_01.png"])
def test_a_still_that_is_cut_leaves_nothing_where_nothing_was(
    scene: bpy.types.Scene, tmp_path: Path, name: str
) -> None:
    def cut(*_: object) -> None:
        (file,) = tmp_path.glob("pic_01.png*")
        file.write_bytes(b"")

    with handlers(render_write=cut), pytest.raises(ar.OutputError, match=r"pic_01\.png is empty"):
        ar.run(ar.render_still(ar.RenderSettings(filepath=tmp_path / name), frame=1)).result()
    assert list(tmp_path.iterdir()) == []


def test_each_eye_of_a_movie_and_a_still_has_its_own_file(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.use_multiview = True
    scene.render.image_settings.views_format = "INDIVIDUAL"
    stills = ar.run(ar.render_still(ar.RenderSettings(filepath=tmp_path / "still.png"))).result().files
    assert [file.name for file in stills] == ["still_L.png", "still_R.png"]

    def empty_left(*_: object) -> None:
        (file,) = tmp_path.glob("still.png?*_L.png")
        file.write_bytes(b"")

    (tmp_path / "still_L.png").write_text("the old one")
    with handlers(render_write=empty_left), pytest.raises(ar.OutputError, match=r"still_L\.png is empty"):
        ar.run(ar.render_still(ar.RenderSettings(filepath=tmp_path / "still.png"))).result()
    assert (tmp_path / "still_L.png").read_text() == "the old one"
    assert open_picture(tmp_path / "still_R.png").size == (32, 18)
    movie = ar.RenderSettings(filepath=tmp_path / "film.mkv", file_format="FFMPEG", container="MKV")
    movies = ar.run(ar.render_animation(movie)).result().files
    assert [file.name for file in movies] == ["film_L.mkv", "film_R.mkv"]
    assert sorted(tmp_path.iterdir()) == sorted([*stills, *movies])
