"""Names in the sidebar of the text editor, which is narrow at first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from async_render.blender.activity_ui.activity_list import MARGINS, _draw_narrow_name
from async_render.render.activity import Activity, Kind, State

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


@pytest.mark.parametrize("state", State)
def test_a_long_name_has_the_row_and_both_of_its_ends(state: State) -> None:
    row = drawn("seq_010_shot_0040_beauty", state)
    assert row.labels == [("seq_…40_beauty", "NONE")]
    assert row.alert is (state is State.FAILED)
