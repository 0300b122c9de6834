"""Which frames go to which worker. Times are simulated: nothing waits here."""

from __future__ import annotations

import heapq
import random
import tracemalloc
from collections.abc import Mapping

import pytest

from async_render.pool.crew.dealing import CHUNK_SECONDS, FAILURES_IN_A_ROW, LEAST_SECONDS, Dealing
from async_render.render.frame_list import FrameList


def frames(first: int, last: int) -> FrameList:
    return FrameList([range(first, last + 1)])


def drain(dealing: Dealing, worker: int, seconds: float = 1.0) -> list[int]:
    """Let one worker render all that it gets, and return the frames in that order."""
    rendered: list[int] = []
    while chunk := dealing.take(worker):
        for frame in chunk:
            dealing.done(worker, frame, seconds)
            rendered.append(frame)
        assert dealing.finished(worker) == FrameList()
    return rendered


class Simulation:
    """Workers that render in simulated time.

    Attributes:
        busy: seconds that each worker has rendered.
        end: the time of the last frame's end.
        requests: number of chunks.
    """

    def __init__(self, dealing: Dealing, cost: Mapping[int, float], workers: int, per_request: float = 0.0) -> None:
        self.busy = [0.0] * workers
        self.requests = 0
        ready = [(0.0, worker) for worker in range(workers)]
        while ready:
            now, worker = heapq.heappop(ready)
            chunk = dealing.take(worker)
            self.requests += bool(chunk)
            if not chunk:
                self.end = now
                continue
            for frame in chunk:
                dealing.done(worker, frame, cost[frame])
                self.busy[worker] += cost[frame]
                now += cost[frame]
            dealing.finished(worker)
            heapq.heappush(ready, (now + per_request, worker))

    @property
    def least_busy(self) -> float:
        """Part of the whole time that the worker with the least work was busy."""
        return min(self.busy) / self.end


@pytest.mark.parametrize("seed", range(20))
def test_both_workers_are_busy_when_forty_frames_cost_between_one_and_twenty(seed: int) -> None:
    costs = [1 + 19 * index / 39 for index in range(40)]
    random.Random(seed).shuffle(costs)
    cost = dict(enumerate(costs, 1))
    known = Simulation(Dealing(frames(1, 40), workers=2, known=cost), cost, 2)
    assert known.least_busy >= 0.98
    unknown = Simulation(Dealing(frames(1, 40), workers=2), cost, 2)
    assert sum(unknown.busy) / (2 * unknown.end) >= 0.95


def test_both_workers_are_busy_when_the_longest_frames_come_last() -> None:
    cost = {frame: 1.0 if frame <= 36 else 20.0 for frame in range(1, 41)}
    assert Simulation(Dealing(frames(1, 40), workers=2, known=cost), cost, 2).least_busy >= 0.95


def test_short_frames_of_very_different_lengths_keep_both_workers_busy() -> None:
    cost = {frame: 0.05 * (1 + 19 * (frame % 7 == 0)) for frame in range(1, 401)}
    simulation = Simulation(Dealing(frames(1, 400), workers=2), cost, 2, per_request=0.05)
    assert sum(simulation.busy) / (2 * simulation.end) >= 0.93
    assert simulation.requests < 60


def test_every_frame_is_dealt_once_and_in_order_where_no_time_is_known() -> None:
    assert drain(Dealing(frames(1, 50), workers=3), 0) == list(range(1, 51))


def test_chunks_grow_with_short_frames_and_shrink_at_the_end() -> None:
    dealing = Dealing(frames(1, 1000), workers=2)
    sizes = []
    while chunk := dealing.take(0):
        sizes.append(len(chunk))
        for frame in chunk:
            dealing.done(0, frame, 0.01)
        dealing.finished(0)
    assert sizes[0] == 1
    assert sizes[1] == 250  # a quarter of those that are left
    assert all(size * 0.01 >= LEAST_SECONDS for size in sizes[1:-6]), sizes
    assert sizes[-3:] == [2, 1, 1]  # a half of what is left
    assert max(sizes) * 0.01 <= CHUNK_SECONDS


def test_light_frames_need_few_requests() -> None:
    cost = dict.fromkeys(range(1, 201), 0.004)
    simulation = Simulation(Dealing(frames(1, 200), workers=2), cost, 2, per_request=0.02)
    assert simulation.requests <= 12
    assert sum(simulation.busy) / (2 * simulation.end) >= 0.75


def test_a_long_frame_goes_out_alone() -> None:
    dealing = Dealing(frames(1, 100), workers=2)
    dealing.take(0)
    dealing.done(0, 1, 2 * CHUNK_SECONDS)
    dealing.finished(0)
    assert dealing.take(0) == (2,)


def test_the_longest_known_frames_go_out_first_and_unknown_ones_with_them() -> None:
    known = {1: 0.5, 2: 0.55, 3: 8.0, 4: 9.0, 5: 3.0}
    dealing = Dealing(frames(1, 6), workers=2, known=known)
    assert drain(dealing, 0, seconds=9.0) == [3, 4, 6, 5, 1, 2]


def test_short_frames_stay_in_their_order_whatever_is_known() -> None:
    known = {frame: 0.02 + 0.2 * (frame % 3 == 0) for frame in range(1, 31)}
    assert drain(Dealing(frames(1, 30), workers=2, known=known), 0, seconds=0.1) == list(range(1, 31))


def test_a_frame_has_one_owner_and_the_frames_of_a_dead_worker_go_to_another_one() -> None:
    dealing = Dealing(frames(1, 8), workers=2)
    assert drain_one(dealing, 0, 0.1) == (1,)
    chunk = dealing.take(0)
    assert chunk == (2, 3)
    other = dealing.take(1)
    assert not set(chunk) & set(other)
    dealing.done(0, 2, 0.1)
    assert not dealing.failed(0, RuntimeError("died"))
    for frame in other:
        dealing.done(1, frame, 0.1)
    dealing.finished(1)
    rest = drain(dealing, 1, 0.1)
    assert rest[-1] == 3, "the frame in which the worker died comes last"
    assert sorted(dealing.seconds) == list(range(1, 9))
    assert dealing.is_over


def drain_one(dealing: Dealing, worker: int, seconds: float) -> FrameList:
    chunk = dealing.take(worker)
    for frame in chunk:
        dealing.done(worker, frame, seconds)
    dealing.finished(worker)
    return chunk


def test_a_frame_that_ends_every_worker_is_given_up_and_the_others_finish() -> None:
    dealing = Dealing(frames(1, 30), workers=2, tries=3)
    deaths = []
    while chunk := dealing.take(0):
        for frame in chunk:
            if frame == 7:
                deaths.append(frame)
                dealing.failed(0, RuntimeError(f"death {len(deaths)}"), at=7)
                break
            dealing.done(0, frame, 0.1)
        else:
            dealing.finished(0)
    assert len(deaths) == 3
    assert sorted(dealing.seconds) == [frame for frame in range(1, 31) if frame != 7]
    assert {frame: str(error) for frame, error in dealing.given_up.items()} == {7: "death 3"}
    assert dealing.is_over


def test_where_no_frame_works_the_rest_is_not_tried() -> None:
    dealing = Dealing(frames(1, 10_000), workers=2)
    failures = 0
    while dealing.take(0):
        dealing.failed(0, RuntimeError("the disk is full"))
        failures += 1
    assert failures == FAILURES_IN_A_ROW
    assert len(dealing.given_up) == 10_000
    assert dealing.is_over


def test_a_frame_that_works_between_failures_lets_the_rest_be_tried() -> None:
    dealing = Dealing(frames(1, 100), workers=1, tries=1)
    for _ in range(FAILURES_IN_A_ROW + 1):
        dealing.take(0)
        dealing.failed(0, RuntimeError("died"))
        drain_one(dealing, 0, 10.0)
    assert len(dealing.given_up) == FAILURES_IN_A_ROW + 1
    assert dealing.has_more


def test_frames_that_are_taken_back_without_blame_have_all_their_tries() -> None:
    dealing = Dealing(frames(1, 1), workers=1, tries=1)
    for _ in range(5):
        assert dealing.take(0) == (1,)
        dealing.give_back(0)
    assert not dealing.given_up
    assert dealing.has_more


def test_frames_that_a_worker_left_out_are_named_at_its_end() -> None:
    dealing = Dealing(frames(1, 3), workers=1, in_order=True)
    dealing.take(0)
    dealing.done(0, 2, 0.1)
    assert dealing.finished(0) == (1, 3)


def test_a_simulation_goes_to_one_worker_in_order_and_begins_again_where_it_dies() -> None:
    dealing = Dealing(frames(1, 20), workers=4, tries=2, in_order=True, known={20: 9.0})
    assert dealing.take(2) == tuple(range(1, 21))
    assert not dealing.take(1)
    for frame in range(1, 6):
        assert dealing.done(2, frame, 0.1)
    assert not dealing.failed(2, RuntimeError("died"), at=6)
    assert dealing.take(1) == tuple(range(1, 21))
    assert not dealing.done(1, 1, 0.1), "its file is there already"
    assert dealing.failed(1, RuntimeError("died again"), at=6)
    assert sorted(dealing.given_up) == list(range(6, 21))
    assert dealing.is_over


def test_stop_gives_up_what_no_worker_has() -> None:
    dealing = Dealing(frames(1, 10), workers=2)
    dealing.take(0)
    dealing.stop(RuntimeError("enough"))
    assert sorted(dealing.given_up) == list(range(2, 11))
    assert not dealing.is_over
    dealing.done(0, 1, 1.0)
    dealing.finished(0)
    assert dealing.is_over


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_many_frames_cost_the_memory_of_their_times_only(count: int) -> None:
    tracemalloc.start()
    try:
        dealing = Dealing(frames(1, count), workers=2)
        assert tracemalloc.get_traced_memory()[0] < 20_000, "a timeline is kept as ranges"
        assert len(drain(dealing, 0, 0.001)) == count
        assert tracemalloc.get_traced_memory()[1] < 200 * count
    finally:
        tracemalloc.stop()
