"""Cameras of thousands of timeline markers, on the `bpy` module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.settings.apply import applied
from async_render.blender.settings.marker_cameras import Mark, find_again, set_marker_cameras

from ...support.cameras import add_camera

pytestmark = pytest.mark.core


def bindings(scene: bpy.types.Scene) -> list[tuple[str, int, str | None]]:
    return [
        (marker.name, marker.frame, None if marker.camera is None else marker.camera.name)
        for marker in scene.timeline_markers
    ]


def add_markers(scene: bpy.types.Scene, count: int) -> None:
    """Three cameras in turns; some markers share name and frame, some bind none."""
    cameras = [add_camera(scene, name) for name in ("A", "B", "C")]
    for index in range(count):
        marker = scene.timeline_markers.new(f"cut {index % 7}", frame=index - index % 5 // 4)
        marker.camera = None if index % 11 == 3 else cameras[index % 3]


@pytest.mark.parametrize("first_is_bound", [True, False])
@pytest.mark.parametrize("current", [-5, 1, 30, 1000])
def test_a_camera_of_the_settings_wins_and_all_bindings_come_back(
    scene: bpy.types.Scene, first_is_bound: bool, current: int
) -> None:
    add_markers(scene, 60)
    if not first_is_bound:
        scene.timeline_markers[0].camera = None
    scene.frame_set(current)
    before, camera = bindings(scene), scene.camera
    with applied(scene, ar.RenderSettings(camera="B")):
        assert bindings(scene) == [(name, frame, None) for name, frame, _ in before]
        assert scene.camera is not None
        assert scene.camera.name == "B"
    assert bindings(scene) == before
    assert (scene.camera, scene.frame_current) == (camera, current)


def test_a_scene_without_a_camera_gets_its_bindings_back(scene: bpy.types.Scene) -> None:
    add_markers(scene, 3)
    scene.camera = None
    before = bindings(scene)
    with applied(scene, ar.RenderSettings(camera="B")):
        assert {camera for _, _, camera in bindings(scene)} == {None}
    assert bindings(scene) == before
    assert scene.camera is None


def test_a_marker_that_was_deleted_takes_no_binding_from_others(scene: bpy.types.Scene) -> None:
    """The second "cut" stays what it was: it was taken for the first, and had that one's camera from then on."""
    cameras = [add_camera(scene, name) for name in ("A", "B")]
    for frame, camera in enumerate(cameras):
        scene.timeline_markers.new("cut", frame=frame).camera = camera
    with applied(scene, ar.RenderSettings(camera="Camera")):
        scene.timeline_markers.remove(scene.timeline_markers[0])
    assert bindings(scene) == [("cut", 1, "B")]


@pytest.mark.parametrize(
    ("known", "now", "places"),
    [
        ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], [1, 0]),
        ([("a", 1)], [("b", 2)], [None]),
        ([("a", 1)], [("b", 1), ("a", 9)], [1]),
        ([("a", 1)], [("b", 1)], [0]),
        ([("cut", 1), ("cut", 3)], [("cut", 3)], [None, 0]),
        ([("cut", 1), ("cut", 1)], [("cut", 1), ("cut", 1)], [0, 1]),
        ([("a", 1), ("b", 1)], [("b", 1), ("c", 1)], [1, 0]),
        ([], [("a", 1)], []),
    ],
)
def test_markers_are_found_again(known: list[Mark], now: list[Mark], places: list[int | None]) -> None:
    assert find_again(known, now) == places


class CountedMarks(Sequence[Mark]):
    """Counts how often one of its items is asked for."""

    def __init__(self, marks: list[Mark]) -> None:
        self.marks = marks
        self.asked = 0

    def __len__(self) -> int:
        return len(self.marks)

    def __getitem__(self, index: Any) -> Any:
        self.asked += 1
        return self.marks[index]


def test_ten_thousand_markers_are_looked_at_a_few_times_each() -> None:
    marks = [(f"cut {index % 10}", index) for index in range(10_000)]
    known, now = CountedMarks(marks), CountedMarks([(name, frame + 1) for name, frame in reversed(marks)])
    found = find_again(known, now)
    assert sorted(place for place in found if place is not None) == list(range(10_000))
    assert (known.asked, now.asked) <= (4 * 10_000, 4 * 10_000)


def test_blender_stops_at_the_first_marker_while_cameras_are_set(scene: bpy.types.Scene) -> None:
    """Each change lets Blender switch to the camera of the current frame: it is the first marker's, until the end."""
    add_markers(scene, 30)
    scene.frame_set(20)
    scene.camera = own = scene.objects["Camera"]
    seen = []

    class Watched:
        """Stands for a marker, and looks when it is changed."""

        def __setattr__(self, name: str, value: object) -> None:
            head = scene.timeline_markers[0]
            seen.append((name, value, head.frame, head.camera))

    set_marker_cameras(scene, [(Watched(), None), (scene.timeline_markers[0], None)])
    assert seen == [("camera", None, 20, own)]
    assert (scene.timeline_markers[0].frame, scene.timeline_markers[0].camera) == (0, None)
