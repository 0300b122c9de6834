"""Names in the sidebar of the text editor, which is narrow at first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from async_render.blender.activity_ui import activity_list
from async_render.blender.activity_ui.activity_list import MARGINS, _draw_narrow_name
from async_render.blender.activity_ui.labels import fitting_name_of
from async_render.render.activity import Activities, Activity, Kind, State

ROOM = 8.0 - MARGINS
"""The room in the sidebar, as wide as Blender makes it."""


class Row(SimpleNamespace):
    """A layout that records its labels."""

    def __init__(self) -> None:
        super().__init__(labels=[], alert=False)

    def row(self) -> Row:
        return self

    def label(self, *, text: str, icon: str = "NONE", translate: bool) -> None:
        self.labels.append((text, icon))


def drawn(name: str, state: State) -> Row:
    row: Any = Row()
    _draw_narrow_name(row, Activity(kind=Kind.RENDER, name=name, state=state), ROOM)
    drawn: Row = row
    return drawn


def test_a_short_name_has_its_icon_or_its_time() -> None:
    assert drawn("Shot 1", State.QUEUED).labels == [("Shot 1", "TIME")]
    assert drawn("Shot 1", State.FAILED).labels == [("Shot 1", "ERROR")]
    assert drawn("Shot 1", State.FINISHED).labels == [("Shot 1", "NONE"), ("0:00", "NONE")]


@pytest.fixture(autouse=True)
def _no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list has no activities of other tests, whose names may begin alike."""
    monkeypatch.setattr(activity_list, "activities", Activities())


@pytest.mark.parametrize("state", State)
def test_a_long_name_has_the_row_and_both_of_its_ends(state: State) -> None:
    row = drawn("render_all_shots_of_sequence.py", state)
    ((text, icon),) = row.labels
    begin, _, end = text.partition("…")
    assert icon == "NONE"
    assert "render_all_shots_of_sequence.py".startswith(begin)
    assert "render_all_shots_of_sequence.py".endswith(end)
    assert 11 <= len(text) <= 16
    assert row.alert is (state is State.FAILED)


def test_names_that_begin_alike_show_where_they_differ() -> None:
    shots = [Activity(kind=Kind.RENDER, name=f"seq_010_shot_00{number}0_beauty") for number in range(9)]
    names = [fitting_name_of(shot, shots, lambda text: len(text) <= 13) for shot in shots]
    assert names[4] == "…0040_beauty"
    assert len(set(names)) == 9
    assert fitting_name_of(shots[4], shots, lambda text: len(text) <= 9) == "…0040_be…"


def test_the_beginning_of_another_name_is_shown_whole() -> None:
    short, long = (Activity(kind=Kind.SCRIPT, name=name) for name in ("shot_", "shot_0040_of_the_beauty"))
    assert fitting_name_of(short, [short, long], lambda text: len(text) <= 13) == "shot_"
    assert fitting_name_of(long, [short, long], lambda text: len(text) <= 13) == "…0040_of_the…"


def test_a_name_without_room_keeps_some_characters() -> None:
    activity = Activity(kind=Kind.SCRIPT, name="render.py")
    assert fitting_name_of(activity, [activity], lambda _: False) == "r….py"
