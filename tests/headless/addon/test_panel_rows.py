"""Which activities the panel shows when there are many."""

from __future__ import annotations

from async_render.addon.ui.panel import MOST_ROWS, most_important
from async_render.render.activity import Activity, Kind, State


def rows(*states: tuple[State, int]) -> list[Activity]:
    return [Activity(kind=Kind.SCRIPT, name="Text", state=state) for state, count in states for _ in range(count)]


def test_few_are_all_shown_as_they_came() -> None:
    few = rows((State.FINISHED, 1), (State.RUNNING, 2), (State.FAILED, 1), (State.QUEUED, MOST_ROWS - 4))
    assert most_important(few) == few


def test_of_many_those_that_go_on_and_the_newest_that_ended() -> None:
    ended, under_way, newest = (
        rows((State.FINISHED, 20)),
        rows((State.QUEUED, 3), (State.RUNNING, 2)),
        rows((State.FAILED, 4)),
    )
    left = MOST_ROWS - len(under_way) - len(newest)
    assert 0 < left < 20
    assert most_important([*ended, *under_way, *newest]) == [*ended[-left:], *under_way, *newest]


def test_what_runs_comes_before_what_waits() -> None:
    many = rows((State.QUEUED, 500), (State.RUNNING, 2), (State.FINISHED, 20))
    assert most_important(many) == [*many[: MOST_ROWS - 2], *many[500:502]]
