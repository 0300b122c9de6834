"""A timer that nothing can end, but its own answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from async_render.blender.host import host as hosts
from async_render.blender.quirks.lasting_timer import lasting

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def raised(kind: type[BaseException]) -> Iterator[None]:
    """Raise an exception in the first instruction of the next function of Python's, as Ctrl-C does."""

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.endswith("lasting_timer.py"):
            sys.setprofile(None)
            raise kind

    sys.setprofile(profile)
    yield
    sys.setprofile(None)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, MemoryError, StopIteration, GeneratorExit])
def test_it_is_called_again_at_once_where_its_first_instruction_raises(kind: type[BaseException]) -> None:
    timer = lasting(iter([0.25, None, 0.5]).__next__)
    for answer in (0.25, None, 0.5):
        for _ in raised(kind):
            assert timer() == 0.0
        assert timer() == answer
    assert timer() == 0.0, "StopIteration"


def test_it_ends_with_the_answer_none_and_may_be_called_inside_itself() -> None:
    answers = iter([0.5, None])

    def function() -> float | None:
        answer = next(answers)
        return answer if answer is None else timer()

    timer = lasting(function)
    assert timer() is None


def test_the_loops_timer_is_one() -> None:
    """As Blender's main loop calls it, with Ctrl-C in each second call."""
    for _ in range(3):
        for _ in raised(KeyboardInterrupt):
            hosts._turn()
        hosts._turn()
