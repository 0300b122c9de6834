"""Which files are a sequence, and which frames it lacks."""

from __future__ import annotations

import pytest

from async_render.cli.sequences import sequences
from async_render.render.frames import frame_list, frames_text


def found_in(*names: str) -> dict[str, str]:
    return {found.name: frames_text(found.missing()) for found in sequences(names)}


def test_a_frame_between_the_first_and_the_last_is_missing() -> None:
    assert found_in("a_01.png", "a_02.png", "a_05.png") == {"a_##.png": "3, 4"}


def test_the_frames_that_should_be_there_may_be_given() -> None:
    (found,) = sequences(["a_01.png", "a_11.png", "a_31.png"])
    assert frames_text(found.missing("1-41x10")) == "21, 41"
    assert frames_text(found.missing("1-31x10")) == "21"


def test_views_and_formats_are_sequences_of_their_own() -> None:
    names = ["a_01_L.png", "a_02_L.png", "a_01_R.png", "a_03_R.png", "a_01.exr"]
    assert found_in(*names) == {"a_##.exr": "", "a_##_L.png": "", "a_##_R.png": "2"}


def test_the_number_in_a_suffix_is_no_frame() -> None:
    assert found_in("a.jp2", "b_1.jp2", "b_3.jp2") == {"b_#.jp2": "2"}


def test_negative_frames_are_frames_of_the_same_sequence() -> None:
    assert found_in("a_-0002.png", "a_0001.png", "a_0002.png") == {"a_####.png": "-1, 0"}


def test_a_name_without_a_number_is_no_sequence() -> None:
    assert found_in("poster.png", "still") == {}


@pytest.mark.parametrize("frames", ["7", "1-3", "1-100x2", "1, 2, 9-31x11", "-5--1"])
def test_frames_are_written_as_settings_read_them(frames: str) -> None:
    listed = frame_list(frames, 1, 100)
    assert frame_list(frames_text(listed), 1, 100) == listed
