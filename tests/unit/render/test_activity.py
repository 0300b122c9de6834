"""What is remembered of scripts and renders."""

from __future__ import annotations

import gc
import weakref

from async_render.render.activity import KEEP_ENDED, Activities, Activity, Kind, State


def script(name: str = "Text") -> Activity:
    return Activity(kind=Kind.SCRIPT, name=name)


def test_each_change_calls_the_watchers_and_grows_the_version() -> None:
    activities = Activities()
    seen: list[int] = []
    activities.watchers.append(lambda: seen.append(activities.version))
    activity = activities.add(script())
    activities.start(activity)
    activities.end(activity, State.FINISHED)
    activities.forget_ended()
    assert seen == [1, 2, 3, 4]


def test_a_watcher_may_go_while_it_is_called() -> None:
    activities = Activities()
    seen: list[str] = []

    def once() -> None:
        seen.append("once")
        activities.watchers.remove(once)

    activities.watchers += [once, lambda: seen.append("always")]
    activities.changed()
    activities.changed()
    assert seen == ["once", "always", "always"]


def test_no_two_activities_have_the_same_number() -> None:
    assert len({script().number for _ in range(10)}) == 10


def test_only_the_newest_of_those_that_ended_are_kept_and_all_that_run() -> None:
    activities = Activities()
    running = activities.add(script("running"))
    activities.start(running)
    for number in range(KEEP_ENDED + 5):
        activities.end(activities.add(script(str(number))), State.FINISHED)
    activities.add(script("new"))
    assert [activity.name for activity in activities] == ["running", *map(str, range(5, KEEP_ENDED + 5)), "new"]


def test_many_successes_push_no_failure_out_of_the_list() -> None:
    activities = Activities()
    for number in range(KEEP_ENDED + 5):
        activities.end(activities.add(script(f"failed {number}")), State.FAILED)
    for number in range(2 * KEEP_ENDED):
        activities.end(activities.add(script(str(number))), State.FINISHED)
    activities.add(script("new"))
    failed = [activity.name for activity in activities if activity.state is State.FAILED]
    assert failed == [f"failed {number}" for number in range(5, KEEP_ENDED + 5)]


def test_progress_counts_the_current_frame_as_far_as_it_is() -> None:
    activity = Activity(kind=Kind.RENDER, name="Scene", frames_total=4, frames_done=1, fraction=0.5)
    assert activity.progress == 0.375
    activity.frames_done = 9
    assert activity.progress == 1.0
    assert script().progress == 0.0


class Big:
    """Stands for the 50 MB that a script's function holds."""


def test_an_activity_that_failed_keeps_texts_and_no_locals() -> None:
    kept: list[weakref.ref[Big]] = []

    def fail() -> None:
        big = Big()
        kept.append(weakref.ref(big))
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("mine") from error

    activities = Activities()
    activity = activities.add(script())
    try:
        fail()
    except ValueError as error:
        activities.end(activity, State.FAILED, error)
    gc.collect()
    assert [reference() for reference in kept] == [None]
    assert activity.error is not None
    assert str(activity.error) == activity.error.summary == "ValueError: mine"
    assert "KeyError: 'inner'" in activity.error.text
    assert 'raise ValueError("mine") from error' in activity.error.text
    assert activity.error.places[-1] == (__file__, fail.__code__.co_firstlineno + 6)
