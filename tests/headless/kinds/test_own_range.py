"""Drivers and handlers that read the range of the scene, while only some of its frames are rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.quirks.versions import RENDER_TAKES_RANGE

from ...support.driven_range import OWN, drive, range_of
from ...support.pictures import open_picture

pytestmark = pytest.mark.core


@pytest.fixture
def driven(scene: bpy.types.Scene) -> bpy.types.Scene:
    drive(scene)
    return scene


@pytest.fixture
def seen(driven: bpy.types.Scene) -> Iterator[list[tuple[int, ...]]]:
    """The ranges and steps that a handler has read at each frame."""
    ranges: list[tuple[int, ...]] = []

    def read(scene: bpy.types.Scene, *_: object) -> None:
        ranges.append(range_of(scene))

    names = ("render_pre", "frame_change_pre", "frame_change_post", "render_post", "render_write")
    for name in names:
        getattr(bpy.app.handlers, name).append(read)
    yield ranges
    for name in names:
        getattr(bpy.app.handlers, name).remove(read)


def look(file: Path) -> tuple[bytes, str]:
    """Return the pixels of a picture, and the range in its metadata."""
    picture = open_picture(file)
    return picture.tobytes(), picture.info["FrameRange"]


@pytest.fixture
def whole(driven: bpy.types.Scene, tmp_path: Path) -> Path:
    """The folder with the pictures that Blender's own operator renders of the whole scene."""
    driven.render.filepath = f"{tmp_path}/whole/"
    bpy.ops.render.render(animation=True)
    return tmp_path / "whole"


@pytest.mark.parametrize("frames", ["5-8", "7", "3,5,9", "5-9x2", "2-12"])
def test_some_frames_are_those_of_the_whole_scene(
    driven: bpy.types.Scene, whole: Path, seen: list[tuple[int, ...]], tmp_path: Path, frames: str
) -> None:
    result = ar.run(ar.render_animation(filepath=f"{tmp_path}/some/####", frames=frames)).result()
    assert result.files
    for file in result.files:
        assert look(file) == look(whole / file.name)
    assert set(seen) == {OWN}
    assert range_of(driven) == OWN


@pytest.mark.parametrize("frame", [2, 7])
def test_a_still_is_the_frame_of_the_whole_scene(
    driven: bpy.types.Scene, whole: Path, seen: list[tuple[int, ...]], tmp_path: Path, frame: int
) -> None:
    driven.frame_set(3)
    seen.clear()
    (file,) = ar.run(ar.render_still(filepath=tmp_path / "still", frame=frame)).result().files
    assert look(file) == look(whole / f"{frame:04d}.png")
    assert set(seen) == {OWN}
    assert driven.frame_current == 3
    assert range_of(driven) == OWN


def test_a_range_in_the_settings_is_the_scenes_while_it_renders(
    driven: bpy.types.Scene, seen: list[tuple[int, ...]], tmp_path: Path
) -> None:
    """As after Blender's options `-s` and `-e`."""
    settings = ar.RenderSettings(frame_start=5, frame_end=8, filepath=f"{tmp_path}/some/")
    files = ar.run(ar.render_animation(settings.replace(frames="6, 8"))).result().files
    assert [file.name for file in files] == ["0006.png", "0008.png"]
    assert set(seen) == {(5, 8, 1)}
    assert [look(file)[1] for file in files] == ["5:8", "5:8"]
    assert range_of(driven) == OWN


def test_a_movie_has_its_range_to_its_end(driven: bpy.types.Scene, seen: list[tuple[int, ...]], tmp_path: Path) -> None:
    """Blender reads there where the sound begins, and what the file's name is."""
    driven.render.resolution_x = driven.render.resolution_y = 64
    movie = ar.RenderSettings(file_format="FFMPEG", container="MKV", filepath=f"{tmp_path}/film_", frames="5-8")
    (file,) = ar.run(ar.render_animation(movie)).result().files
    assert file.name == "film_0005-0008.mkv"
    assert set(seen) == {(5, 8, 1)}
    assert range_of(driven) == OWN


def test_a_movie_of_every_third_frame_has_the_name_that_blender_gives_it(
    driven: bpy.types.Scene, seen: list[tuple[int, ...]], tmp_path: Path
) -> None:
    """The last frame of the scene is in the name, though the step leaves it out."""
    driven.render.resolution_x = driven.render.resolution_y = 64
    driven.frame_step = 4
    movie = ar.RenderSettings(file_format="FFMPEG", container="MKV", filepath=f"{tmp_path}/film_")
    result = ar.run(ar.render_animation(movie)).result()
    assert result.frames == (2, 6, 10)
    assert [file.name for file in result.files] == ["film_0002-0012.mkv"]
    assert set(seen) == {(2, 12, 4)}


def test_a_render_that_fails_before_its_first_frame_leaves_the_range(driven: bpy.types.Scene, tmp_path: Path) -> None:
    driven.camera = None
    with pytest.raises(ar.RenderError):
        ar.run(ar.render_animation(filepath=f"{tmp_path}/some/", frames="5-9x2")).result()
    assert range_of(driven) == OWN


def test_the_operator_takes_a_range_where_this_says_so() -> None:
    operator: Any = bpy.ops.render.render
    properties = operator.get_rna_type().properties
    assert ("frame_start" in properties) is ("frame_end" in properties) is RENDER_TAKES_RANGE
