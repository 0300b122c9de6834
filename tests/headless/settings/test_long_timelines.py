"""What a render costs does not grow with the frames that are not rendered, on the `bpy` module."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render.blender.settings.apply import applied
from async_render.blender.settings.output_paths import files_of, files_of_frames
from async_render.render.frame_list import FrameList
from async_render.render.frames import MAX_FRAME

ENDS = (2000, MAX_FRAME)
"""Of both, the folder is listed."""

FAR_FEWER = 100_000
"""Calls, and bytes: for the frames that are not rendered there would be ten times as many."""


@contextmanager
def cost() -> Iterator[dict[str, int]]:
    """How many functions are called inside the `with` block, and how many bytes are allocated at the same time."""
    counts = {"calls": 0, "bytes": 0}

    def count(_frame: object, event: str, _argument: object) -> None:
        counts["calls"] += event in {"call", "c_call"}

    tracemalloc.start()
    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        counts["bytes"] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


async def first_frames(settings: ar.RenderSettings, resume: bool) -> list[int]:
    numbers = []
    async with ar.render_frames(settings, resume=resume) as frames:
        async for frame in frames:
            numbers.append(frame.number)
            if len(numbers) == 2:
                break
    return numbers


@pytest.mark.parametrize("how", ["overwrite", "no overwrite", "resume"])
@pytest.mark.parametrize("frames", [None, "1-{end}", "1-{end}x3"])
def test_the_first_frames_cost_the_same_however_many_follow(
    scene: bpy.types.Scene, tmp_path: Path, how: str, frames: str | None
) -> None:
    costs = []
    for end in ENDS:
        settings = ar.RenderSettings(
            frame_start=1,
            frame_end=end,
            frames=None if frames is None else frames.format(end=end),
            filepath=tmp_path / how / f"{end}_",
            use_overwrite=how == "overwrite",
        )
        with cost() as counts:
            assert len(ar.run(first_frames(settings, how == "resume")).result()) == 2
        costs.append(counts)
    few, many = costs
    assert many["calls"] < few["calls"] + FAR_FEWER
    assert many["bytes"] < few["bytes"] + FAR_FEWER


@pytest.mark.parametrize("use_overwrite", [True, False])
def test_the_main_thread_does_not_read_long_lists(scene: bpy.types.Scene, tmp_path: Path, use_overwrite: bool) -> None:
    """Steps that overlap make 350,000 ranges."""
    settings = ar.RenderSettings(
        frames=f"1-{MAX_FRAME}x2,1-{MAX_FRAME}x3", filepath=tmp_path / "f_", use_overwrite=use_overwrite
    )
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)  # of this thread alone
    try:
        assert ar.run(first_frames(settings, resume=False)).result() == [1, 3]
    finally:
        sys.setprofile(None)
    assert calls < FAR_FEWER


PATHS = ["f_", "f_####", "#", "a#b_##_c", "1#1", "0##", "f_####.final", "{scene}/", "x/####_{{n}}", "a.b/#######"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("views", [False, True], ids=["one view", "two views"])
def test_files_have_the_names_that_blender_gives_them(
    scene: bpy.types.Scene, tmp_path: Path, path: str, views: bool
) -> None:
    scene.render.use_multiview = views
    frames = FrameList([range(MAX_FRAME + 1)])
    with applied(scene, ar.RenderSettings(filepath=f"{tmp_path}/{path}")):
        files = files_of_frames(scene, frames)
        for frame in (0, 1, 9, 10, 1111, 9999, 10_000, 123_456, MAX_FRAME):
            assert files[frame] == files_of(scene, frame)


def test_a_movie_has_one_file(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = ar.RenderSettings(filepath=tmp_path / "film_", file_format="FFMPEG", frame_end=MAX_FRAME)
    with applied(scene, settings):
        files = files_of_frames(scene, FrameList([range(1, MAX_FRAME + 1)]))
        assert files[1] == files[MAX_FRAME] == files.extremes == files_of(scene, 1)
