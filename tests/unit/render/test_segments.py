"""How markers cut a scene's frame range into segments."""

from datetime import datetime

import pytest

import async_render as ar
from async_render.render.path_templates import fill_in
from async_render.render.segments import segments_between


def ranges(markers: list[tuple[int, str]], start: int = 1, end: int = 100) -> list[tuple[str, int, int]]:
    return [(s.name, s.frame_start, s.frame_end) for s in segments_between(markers, start, end, "Scene")]


def test_a_segment_ends_before_the_next_marker_and_the_last_with_the_scene() -> None:
    assert ranges([(1, "A"), (40, "B")]) == [("A", 1, 39), ("B", 40, 100)]


def test_markers_may_come_in_any_order() -> None:
    assert ranges([(40, "B"), (1, "A")]) == [("A", 1, 39), ("B", 40, 100)]


def test_frames_before_the_first_marker_belong_to_no_segment() -> None:
    assert ranges([(40, "B")]) == [("B", 40, 100)]


def test_segments_are_cut_to_the_range_of_the_scene() -> None:
    assert ranges([(-20, "gone"), (0, "A"), (40, "B"), (101, "C")], 10, 50) == [("A", 10, 39), ("B", 40, 50)]


def test_of_two_markers_on_a_frame_the_first_gives_the_name() -> None:
    assert ranges([(1, "A"), (1, "also"), (50, "B")]) == [("A", 1, 49), ("B", 50, 100)]


def test_a_scene_without_markers_is_an_error_that_names_it() -> None:
    with pytest.raises(ar.RenderError, match="'Scene' has no timeline markers"):
        ranges([])


def test_markers_outside_of_the_range_are_an_error_that_names_it() -> None:
    with pytest.raises(ar.RenderError, match="outside of its frames 1–100"):
        ranges([(200, "late")])


def test_settings_of_a_segment_are_its_scene_and_frames() -> None:
    segment = ar.Segment("A", 1, 9, "Scene")
    assert segment.settings(samples=4) == ar.RenderSettings(
        scene="Scene", segment="A", frame_start=1, frame_end=9, samples=4
    )


def test_a_marker_without_a_name_is_a_segment_that_can_be_rendered() -> None:
    """Blender's markers may have an empty name; the files have the name that `Segment.filename` tells."""
    (segment,) = segments_between([(1, "")], 1, 9, "Scene")
    settings = segment.settings(filepath="//{segment}_####")
    assert ar.RenderSettings.from_json(settings.to_json()) == settings
    assert settings.segment == ""
    assert fill_in(str(settings.filepath), {"segment": settings.segment}, datetime.now()) == "//__####"
    assert segment.filename == "_"


def test_settings_of_a_segment_can_be_overridden() -> None:
    assert ar.Segment("A", 1, 9, "Scene").settings(frame_end=1).frame_end == 1


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        ("Intro", "Intro"),
        ("Shot #1", "Shot _1"),
        ("a/b\\c", "a_b_c"),
        ("..", "_"),
        ("", "_"),
        ("Übergang 2", "Übergang 2"),
    ],
)
def test_the_filename_of_a_segment_is_safe(name: str, filename: str) -> None:
    assert ar.Segment(name, 1, 2, "Scene").filename == filename


def test_segments_that_would_share_their_files_on_macos_or_windows_have_no_file_name() -> None:
    intro, chase, twin = segments_between([(1, "Intro"), (5, "Chase"), (9, "intro")], 1, 12, "Film")
    assert chase.filename == "Chase"
    for segment, message in ((intro, "segment='Intro' and 'intro'"), (twin, "segment='intro' and 'Intro'")):
        with pytest.raises(ar.RenderError, match=f"{message} would share their files.*rename one of them"):
            _ = segment.filename
    assert intro == ar.Segment("Intro", 1, 4, "Film")
