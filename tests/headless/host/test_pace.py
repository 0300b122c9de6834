"""The table of states in `BlenderHost`: what a turn answers, and how long a tick may wait."""

from __future__ import annotations

from math import inf

import pytest

from async_render.blender.host import pace as paces
from async_render.blender.host.pace import HEARTBEAT, MAIN_LOOP_SLEEP, NEVER, REST, Pace
from async_render.loop import PATIENCE


class Clock:
    """The time, which only the test lets pass."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(paces, "perf_counter", clock)
    return clock


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace()


def idle(pace: Pace, delay: float | None) -> float:
    return pace.end_turn(delay, is_rendering=False, is_quiet=True)


def rendering(pace: Pace, delay: float | None, *, is_quiet: bool = True) -> float:
    return pace.end_turn(delay, is_rendering=True, is_quiet=is_quiet)


def test_the_second_turn_that_finds_nothing_is_the_first_of_the_rest(pace: Pace) -> None:
    assert (idle(pace, None), pace.is_resting) == (0.0, False)
    assert (idle(pace, None), pace.is_resting) == (HEARTBEAT, True)
    pace.resume()
    assert not pace.is_resting
    assert (idle(pace, None), pace.is_resting) == (0.0, False)


@pytest.mark.parametrize("delay", [0.0, 5.0, inf])
def test_pending_work_keeps_the_host_awake_however_far_it_is(pace: Pace, delay: float) -> None:
    assert [idle(pace, delay) for _ in range(3)] == [0.0] * 3


def test_a_thread_that_may_bring_work_keeps_the_host_awake(pace: Pace) -> None:
    pace.may_receive = True
    assert [idle(pace, None) for _ in range(3)] == [0.0] * 3
    pace.may_receive = False
    assert [idle(pace, None) for _ in range(2)] == [0.0, HEARTBEAT]


@pytest.mark.parametrize(("delay", "answer"), [(0.001, 0.001), (5.0, REST), (inf, REST)])
def test_a_quiet_loop_leaves_turns_out_while_blender_renders(pace: Pace, delay: float, answer: float) -> None:
    assert rendering(pace, delay) == answer
    assert not pace.is_resting
    assert rendering(pace, delay, is_quiet=False) == 0.0


def test_no_turn_is_left_out_when_the_render_may_end(pace: Pace, clock: Clock) -> None:
    pace.render_end_expected = clock.now + 1.0
    assert rendering(pace, inf) == REST
    clock.now += 1.0
    assert rendering(pace, inf) == 0.0


def test_a_tick_waits_only_where_the_main_loop_has_slept_and_something_may_come(pace: Pace, clock: Clock) -> None:
    idle(pace, None)
    clock.now += 1.01 * MAIN_LOOP_SLEEP
    assert pace.patience(is_rendering=False) == 0.0
    pace.may_receive = True
    assert pace.patience(is_rendering=False) == PATIENCE
    assert pace.patience(is_rendering=True) == NEVER
    idle(pace, None)
    assert pace.patience(is_rendering=False) == 0.0  # the main loop has not slept


@pytest.mark.parametrize(("delay", "patience"), [(PATIENCE / 2, PATIENCE), (1.0, 0.0)])
def test_a_tick_waits_for_a_timer_that_is_close(pace: Pace, clock: Clock, delay: float, patience: float) -> None:
    idle(pace, MAIN_LOOP_SLEEP + delay)
    clock.now += 1.01 * MAIN_LOOP_SLEEP
    assert pace.patience(is_rendering=False) == patience
