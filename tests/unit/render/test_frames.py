"""Frame lists as people write them, and the ranges that Blender renders in one go."""

from collections.abc import Callable

import pytest

from async_render.render.frame_list import FrameList
from async_render.render.frames import MAX_FRAME, check_frames, frame_list


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("7", (7,)),
        ("1-3", (1, 2, 3)),
        ("1..3", (1, 2, 3)),
        ("1,3,5..7", (1, 3, 5, 6, 7)),
        (" 1 - 3 , 20 ", (1, 2, 3, 20)),
        ("38-", (38, 39, 40)),
        ("38..", (38, 39, 40)),
        ("..12", (10, 11, 12)),
        ("..x10", (10, 20, 30, 40)),
        ("1-10x3", (1, 4, 7, 10)),
        ("+0, +2", (10, 12)),
        ("+1-+3", (11, 12, 13)),
        ("-5", (-5,)),
        ("-5--3", (-5, -4, -3)),
        ("-1..1", (-1, 0, 1)),
        ("9, 1-2, 2", (1, 2, 9)),
        ("1-5, ^2-3", (1, 4, 5)),
        ("^2-3, 1-5", (1, 4, 5)),
        ("1-9, ^ 2-8x2", (1, 3, 5, 7, 9)),
        ("1-9x4, ^3-5", (1, 9)),
        ("^12-38", (10, 11, 39, 40)),
        ("^13-", (10, 11, 12)),
        ("38-, ^..39", (40,)),
        ("50-60, ^52-", (50, 51)),
        ("^+1-+29", (10, 40)),
        ("..12, ^100", (10, 11, 12)),
    ],
)
def test_a_list_names_frames_in_order_and_each_once(text: str, frames: tuple[int, ...]) -> None:
    assert tuple(frame_list(text, start=10, end=40)) == frames
    check_frames(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "1,,2", "1,", "a", "1.5", "1-2-3", "x2", "5x2", "1-9x0", "1;2", "--", "^", "^^1", "1-^3"]
)
def test_what_cannot_be_read_is_refused_with_the_text(text: str) -> None:
    for read in (check_frames, lambda text: frame_list(text, 1, 40)):
        with pytest.raises(ValueError, match="frames=") as caught:
            read(text)
        assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "part"), [("1, 9-3", "'9-3'"), ("1048575", "'1048575'"), ("1, 0x2", "'0x2'"), ("50-", "'50-'")]
)
def test_an_impossible_part_is_named(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=f"the part {part}"):
        frame_list(text, 1, 40)


@pytest.mark.timeout(60)  # an hour, where each frame is looked for among all the others
def test_all_frames_that_blender_has_are_read_and_cut() -> None:
    frames = frame_list(f"1-{MAX_FRAME}, 5", 1, 1)
    assert frames.ranges == (range(1, MAX_FRAME + 1),)


@pytest.mark.parametrize(
    ("frames", "ranges"),
    [
        ((), ()),
        ((5,), (range(5, 6),)),
        ((1, 2, 3), (range(1, 4),)),
        ((1, 3, 5), (range(1, 6, 2),)),
        ((1, 2, 3, 10, 20, 30), (range(1, 4), range(10, 31, 10))),
        ((-2, 0, 7), (range(-2, 1, 2), range(7, 8))),
    ],
)
def test_frames_are_cut_into_few_even_ranges(frames: tuple[int, ...], ranges: tuple[range, ...]) -> None:
    listed = FrameList.of(frames)
    assert listed.ranges == ranges
    assert tuple(listed) == frames


@pytest.mark.timeout(60)  # a second for each of these; it took hours
@pytest.mark.parametrize(
    ("megabyte", "count"),
    [
        (lambda: "1-1000000," * 100_000 + "1", 1_000_000),
        (lambda: ",".join(f"1-1000000x{step % 9_000 + 1}" for step in range(70_000)), 1_000_000),
        (lambda: ",".join(str(frame * 7 % 1_000_000) for frame in range(150_000)), 150_000),
        (lambda: "^2-1000000," * 70_000 + "1-1000000", 1),
        (lambda: "1-1000000," + ",".join(f"^2-x{step % 9_000 + 1}" for step in range(70_000)), 1),
        (lambda: "1-1000000," + ",".join(f"^{frame * 7 % 1_000_000 + 1}" for frame in range(130_000)), 870_000),
    ],
    ids=["same", "steps", "ones", "same left out", "steps left out", "ones left out"],
)
def test_a_megabyte_of_frames_is_read_in_linear_time(megabyte: Callable[[], str], count: int) -> None:
    text = megabyte()
    check_frames(text)
    assert len(frame_list(text, 1, 1)) == count


@pytest.mark.parametrize("begin", ["^", "1", "^1", "1-", "1-2", "1-2x"])
def test_a_megabyte_of_spaces_is_refused_in_linear_time(begin: str) -> None:
    with pytest.raises(ValueError, match="is no frame and no range"):
        check_frames(f"{begin}{' ' * 1_000_000}y")


def test_a_list_that_leaves_out_all_its_frames_is_refused() -> None:
    with pytest.raises(ValueError, match=r"frames='4-6, \^1-10' leaves out all its frames; the scene's are 1-40"):
        frame_list("4-6, ^1-10", 1, 40)


def test_a_megabyte_that_cannot_be_read_is_quoted_in_part() -> None:
    with pytest.raises(ValueError, match="is no frame and no range") as refused:
        check_frames("1-5," * 250_000)
    assert len(str(refused.value)) < 2_000
