"""Drivers that read the range of the scene, while workers render chunks of its frames."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import bpy
import pytest
from PIL import Image

import async_render as ar
from async_render.pool.pool import BlenderPool

from ...support.driven_range import drive
from ...support.pictures import open_picture
from .conftest import save_shot

FILM = ar.RenderSettings(
    file_format="FFMPEG", container="MKV", video_codec="PNG", audio_codec="NONE", frames="5-8", resolution_x=64
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file whose scene was rendered by this process: the folder `whole`, and a movie of some frames."""
    file = save_shot(tmp_path / "driven.blend")
    scene = bpy.data.scenes[0]
    drive(scene)
    bpy.ops.wm.save_mainfile()
    scene.render.filepath = f"{tmp_path}/whole/"
    bpy.ops.render.render(animation=True)
    ar.run(ar.render_animation(FILM, filepath=f"{tmp_path}/here_"))
    return file


async def test_frames_and_stills_of_workers_are_those_of_the_whole_scene(file: Path, tmp_path: Path) -> None:
    async with BlenderPool(1, blender=sys.executable, file=file) as pool:
        some = await pool.render_animation(filepath=f"{tmp_path}/some/####", frames="3, 5-8, 10-12x2")
        still = await pool.render_still(filepath=f"{tmp_path}/still", frame=7)
        by_pool = await pool.render_animation(FILM, filepath=f"{tmp_path}/pool_")
    assert some.frames == (3, 5, 6, 7, 8, 10, 12)
    whole = tmp_path / "whole"
    for part, reference in [(part, whole / part.name) for part in some.files] + [(still.files[0], whole / "0007.png")]:
        assert open_picture(part).tobytes() == open_picture(reference).tobytes(), part
    assert by_pool.files == (tmp_path / "pool_0005-0008.mkv",)
    assert pictures_in(by_pool.files[0]) == pictures_in(tmp_path / "here_0005-0008.mkv")


def pictures_in(movie: Path) -> list[bytes]:
    """The pixels of each picture in a movie of PNG files."""
    files = re.findall(rb"\x89PNG.*?IEND....", movie.read_bytes(), re.DOTALL)
    assert len(files) == 4
    return [Image.open(io.BytesIO(file)).convert("RGB").tobytes() for file in files]
