"""Frames as ranges: the same as a tuple of them, at the cost of its ranges."""

import random
from collections.abc import Callable

import pytest

from async_render.render.frame_list import FrameList
from async_render.render.frames import MAX_FRAME, check_frames, frame_list

LISTS = [
    (),
    (5,),
    (1, 2, 3),
    (1, 3, 5, 6, 7),
    (-3, -1, 1, 10, 20, 30, 31),
    tuple(sorted(random.Random(20).sample(range(-200, 200), 150))),
]


@pytest.mark.parametrize("frames", LISTS)
def test_it_is_what_a_tuple_of_the_frames_is(frames: tuple[int, ...]) -> None:
    found = FrameList.of(frames)
    assert found == frames
    assert tuple(found) == frames
    assert (len(found), bool(found)) == (len(frames), bool(frames))
    assert [found[place] for place in range(-len(frames), len(frames))] == list(frames * 2)
    assert (found[1:4], found[::-1], found[-2:]) == (frames[1:4], frames[::-1], frames[-2:])
    assert [frame for frame in range(-210, 210) if frame in found] == list(frames)
    assert [found.index(frame) for frame in frames] == list(range(len(frames)))
    assert found != (*frames, 1000)


def test_a_frame_that_is_not_in_it_has_no_place() -> None:
    found = FrameList([range(1, 10, 2)])
    for frame in (0, 2, 11):
        with pytest.raises(ValueError, match=f"frame {frame} is not in the list"):
            found.index(frame)
    with pytest.raises(IndexError):
        found[5]


@pytest.mark.parametrize("seed", range(20))
def test_frames_that_are_taken_out_leave_the_fewest_ranges(seed: int) -> None:
    chance = random.Random(seed)
    frames = sorted(chance.sample(range(60), 40))
    taken = sorted(chance.sample(range(60), 20))
    left = [frame for frame in frames if frame not in taken]
    assert FrameList.of(frames).without(taken) == FrameList.of(left)
    assert FrameList.of(frames).without(taken) == left


@pytest.mark.parametrize("seed", range(20))
def test_marked_frames_part_the_ranges_and_nothing_is_lost(seed: int) -> None:
    chance = random.Random(seed)
    frames = FrameList.of(sorted(chance.sample(range(40), 25)))
    marked = sorted(chance.sample(list(frames), 7))
    parts = list(frames.parted(marked))
    assert [frame for part, _ in parts for frame in part] == list(frames)
    assert [frame for part, is_marked in parts if is_marked for frame in part] == marked


def test_a_list_without_marks_has_its_own_parts() -> None:
    assert list(FrameList([range(1, 9), range(20, 30)]).parted(())) == [(range(1, 9), False), (range(20, 30), False)]


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        (f"1-{MAX_FRAME}", [range(1, MAX_FRAME + 1)]),
        (f"1-{MAX_FRAME}x2", [range(1, MAX_FRAME + 1, 2)]),
        (f"-{MAX_FRAME}-5, 3-{MAX_FRAME}, 7", [range(-MAX_FRAME, MAX_FRAME + 1)]),
        (f"1-{MAX_FRAME}x2, 2-{MAX_FRAME}x2", [range(1, MAX_FRAME + 1)]),
        ("1-9x2, 5-13x2", [range(1, 14, 2)]),
        ("1-10x3, 2-11x3", [range(1, 3), range(4, 6), range(7, 9), range(10, 12)]),
        ("8, 1-3", [range(1, 4), range(8, 9)]),
    ],
)
def test_overlapping_parts_make_the_fewest_ranges(text: str, ranges: list[range]) -> None:
    found = frame_list(text, 1, 1)
    assert found.ranges == tuple(ranges)


@pytest.mark.parametrize(
    "megabyte",
    [
        lambda: "1-1000000," * 100_000 + "1",
        lambda: ",".join(f"{first}-1000000" for first in range(1, 60_000)),
        lambda: ",".join(f"{first}-1000000x{step}" for step in range(1, 300) for first in range(1, step + 1)),
        lambda: ",".join(f"1-1000000x{step}" for step in range(1, 60_000)),
    ],
    ids=["the same again", "other begins", "all steps and begins", "other steps"],
)
@pytest.mark.timeout(60)  # hours, where each part has all its frames
def test_a_megabyte_of_overlapping_ranges_is_read(megabyte: Callable[[], str]) -> None:
    text = megabyte()
    check_frames(text)
    assert frame_list(text, 1, 1).ranges == (range(1, 1_000_001),)


def test_the_message_about_a_long_list_is_short() -> None:
    with pytest.raises(ValueError, match="the part '9-1' ends at frame 1") as caught:
        check_frames("1-5," * 100_000 + "9-1")
    assert len(str(caught.value)) < 1200
