"""Which frames are still missing after a crash."""

import os
from pathlib import Path

import pytest
from PIL import Image

from async_render.render.resume import missing_frames


@pytest.fixture
def after_the_crash(tmp_path: Path) -> dict[int, list[Path]]:
    """Six frames: two whole, one cut off, one full of zeros, one a placeholder, and one never begun."""
    files = {frame: [tmp_path / f"f_{frame:04d}.png"] for frame in range(1, 7)}
    for frame in range(1, 5):
        Image.effect_noise((64, 48), 50).save(files[frame][0])
    os.truncate(files[3][0], 1000)
    size = files[4][0].stat().st_size
    os.truncate(files[4][0], 0)
    os.truncate(files[4][0], size)
    files[5][0].touch()
    return files


def test_frames_that_are_not_whole_are_missing_each_with_its_reason(after_the_crash: dict[int, list[Path]]) -> None:
    missing = missing_frames(after_the_crash)
    assert list(missing) == [3, 4, 5, 6]
    assert "f_0003.png is cut off after 1,000 of " in missing[3]
    assert "f_0004.png begins with zero bytes: it was never written" in missing[4]
    assert missing[5].endswith("f_0005.png is empty")
    assert missing[6].endswith("f_0006.png is missing")


def test_nothing_is_missing_when_all_are_rendered_again(after_the_crash: dict[int, list[Path]]) -> None:
    for frame in missing_frames(after_the_crash):
        Image.effect_noise((64, 48), 50).save(after_the_crash[frame][0])
    assert missing_frames(after_the_crash) == {}


def test_a_frame_is_missing_when_one_of_its_views_is(tmp_path: Path) -> None:
    left, right = tmp_path / "f_0001_L.png", tmp_path / "f_0001_R.png"
    Image.new("L", (8, 8)).save(left)
    assert missing_frames({1: [left, right]}) == {1: f"{right} is missing"}


def test_a_movie_that_is_not_whole_is_missing_in_every_frame(tmp_path: Path) -> None:
    movie = tmp_path / "film.mp4"
    movie.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2\0\0\0\0mdat" + bytes(range(256)))
    missing = missing_frames({1: [movie], 2: [movie], 3: [movie]})
    assert list(missing) == [1, 2, 3]
    assert set(missing.values()) == {f"{movie} was not finished: it does not say where its frames are (no 'moov')"}


def test_the_order_of_the_frames_is_kept(tmp_path: Path) -> None:
    assert list(missing_frames({frame: [tmp_path / f"{frame}.png"] for frame in (9, -2, 4)})) == [9, -2, 4]


def test_no_frames_miss_nothing() -> None:
    assert missing_frames({}) == {}
