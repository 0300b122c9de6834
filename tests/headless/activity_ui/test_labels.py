"""The words for an activity."""

from __future__ import annotations

import pytest

from async_render.blender.activity_ui.labels import (
    LONGEST_TIP,
    MOST_TIP_LINES,
    clock,
    elapsed_of,
    has_progress,
    left_of,
    name_of,
    progress_of,
    state_of,
    tip_of,
)
from async_render.render.activity import Activities, Activity, Kind, State, describe


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03"), (360_000, "100:00:00"), (-1, "0:00")],
)
def test_seconds_are_shown_as_a_clock_does(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_render_shows_its_frame_and_the_time_that_is_left() -> None:
    activity = Activity(kind=Kind.RENDER, name="Shot", state=State.RUNNING, frames_total=12, frames_done=2, eta=42.0)
    assert (progress_of(activity), left_of(activity), has_progress(activity)) == ("Frame 3 of 12", "-0:42", True)
    activity.message = "× 2"
    assert progress_of(activity) == "Frame 3 of 12  × 2"


def test_the_tooltip_has_all_that_a_narrow_bar_leaves_out() -> None:
    script = Activity(kind=Kind.SCRIPT, name="render.py", state=State.RUNNING, message="Shot 3 of 8, the long one")
    script.frames_total, script.fraction = 1, 0.4
    assert tip_of(script) == "render.py\nRunning  0:00\n40%  Shot 3 of 8, the long one"


def failed(message: str) -> Activity:
    activity = Activity(kind=Kind.RENDER, name="Shot", state=State.FAILED)
    activity.error = describe(RuntimeError(message))
    return activity


def test_the_tooltip_of_a_failure_has_the_last_line_of_its_message() -> None:
    shown = tip_of(failed("no camera\n\nchoose one of: 'Front', 'Top'")).splitlines()
    assert shown == ["Shot", "Failed  0:00", "RuntimeError: no camera", "choose one of: 'Front', 'Top'"]


def test_the_tooltip_of_a_failure_is_bounded() -> None:
    shown = tip_of(failed("\n".join(["x" * 100_000] * 1000 + ["the end"]))).splitlines()
    assert len(shown) == 2 + MOST_TIP_LINES
    assert shown[-2:] == ["…", "the end"]
    assert max(map(len, shown)) == LONGEST_TIP + 1


def test_the_frame_never_exceeds_their_number() -> None:
    activity = Activity(kind=Kind.RENDER, name="Shot", state=State.RUNNING, frames_total=12, frames_done=12)
    assert progress_of(activity) == "Frame 12 of 12"


def test_a_script_without_progress_shows_its_state() -> None:
    activity = Activity(kind=Kind.SCRIPT, name="Text")
    assert (state_of(activity), elapsed_of(activity), left_of(activity)) == ("Queued", "", "")
    assert not has_progress(activity)


def test_a_name_that_is_no_utf8_can_be_drawn() -> None:
    assert name_of(Activity(kind=Kind.SCRIPT, name="a\udcffb")) == "a?b"


def test_what_the_user_has_cancelled_says_so_until_it_has_ended() -> None:
    activities = Activities()
    asked: list[str] = []
    activity = Activity(kind=Kind.RENDER, name="Shot", frames_total=12, cancel=lambda: asked.append("cancel"))
    activities.add(activity)
    activities.start(activity)
    assert has_progress(activity)
    assert activities.cancel(activity)
    assert (state_of(activity), has_progress(activity), asked) == ("Cancelling", False, ["cancel"])
    activities.end(activity, State.CANCELLED)
    assert state_of(activity) == "Cancelled"
    assert not activities.cancel(activity)
