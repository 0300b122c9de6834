"""What `RenderSettings` takes and refuses."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

import async_render as ar


def test_everything_is_as_the_scene_has_it_by_default() -> None:
    assert ar.RenderSettings() == ar.RenderSettings(scene=None, camera=None, frame_start=None, filepath=None)


def test_settings_do_not_change() -> None:
    settings = ar.RenderSettings(frame_start=1)
    with pytest.raises(FrozenInstanceError):
        settings.frame_start = 2  # type: ignore[misc]


def test_replace_makes_changed_settings_and_keeps_the_original() -> None:
    settings = ar.RenderSettings(frame_start=1, frame_end=9)
    assert settings.replace(frame_end=5) == ar.RenderSettings(frame_start=1, frame_end=5)
    assert settings.frame_end == 9


def test_a_path_may_be_a_path_object() -> None:
    assert ar.RenderSettings(filepath=Path("out/####")).filepath == Path("out/####")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frame_start", 1_048_575),
        ("frame_end", -1_048_575),
        ("frame_step", 0),
        ("resolution_x", 3),
        ("resolution_y", 65537),
        ("resolution_percentage", 0),
        ("samples", 0),
        ("filepath", ""),
        ("scene", ""),
    ],
)
def test_a_value_that_no_scene_can_have_is_refused_by_name_and_value(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field}={value!r}"):
        ar.RenderSettings(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("frame_start", 1.5), ("samples", True), ("resolution_x", "64"), ("camera", object()), ("filepath", 3)],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{field}="):
        ar.RenderSettings(**{field: value})


def test_an_empty_frame_range_is_refused() -> None:
    with pytest.raises(ValueError, match="frame_end=4 is before frame_start=5"):
        ar.RenderSettings(frame_start=5, frame_end=4)


def test_replace_is_checked_too() -> None:
    with pytest.raises(ValueError, match="frame_end=0"):
        ar.RenderSettings(frame_start=1, frame_end=3).replace(frame_end=0)
