"""How far a render is, from what its handlers tell."""

from pathlib import Path

import pytest

from async_render.render.progress import FRACTION, JobEvent, Progress

NOW = 1000.0


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("async_render.render.progress.perf_counter", lambda: NOW)


def progress_of(count: int) -> Progress:
    return Progress(range(1, count + 1), {frame: [Path(f"{frame}.png")] for frame in range(1, count + 1)})


def render(progress: Progress, frame_ends: list[float]) -> None:
    """Tell of frames that end at these moments, seconds from the first one's begin; the last one ends now."""
    begin = NOW - frame_ends[-1]
    for end in frame_ends:
        progress.record(JobEvent("render_pre", begin))
        progress.record(JobEvent("render_write", begin + end))


def test_frames_have_their_numbers_files_and_seconds() -> None:
    progress = Progress([2, 5], {2: [Path("2.png")], 5: [Path("5_L.png"), Path("5_R.png")]})
    progress.record(JobEvent("render_pre", 10.0))
    assert progress.frame == 2
    first = progress.record(JobEvent("render_write", 11.5))
    assert first is not None
    assert (first.number, first.path, first.seconds) == (2, Path("2.png"), 1.5)
    assert progress.frame is None
    progress.record(JobEvent("render_pre", 11.5))
    second = progress.record(JobEvent("render_write", 14.0))
    assert second is not None
    assert (second.number, len(second.files), second.seconds) == (5, 2, 2.5)
    assert progress.record(JobEvent("render_write", 15.0)) is None  # one more than there can be


def test_frames_that_another_computer_has_begun_are_not_ours() -> None:
    there = {1}
    progress = Progress(range(1, 6), {frame: [Path(f"{frame}.png")] for frame in range(1, 6)}, there.__contains__)
    for frame in (1, 3, 4):
        there.add(frame)
        progress.record(JobEvent("render_pre", float(frame)))
        progress.record(JobEvent("render_write", frame + 0.5))
    assert [frame.number for frame in progress.done] == [1, 3, 4]
    assert progress.record(JobEvent("render_write", 6.0)) is None


def test_a_frame_that_is_passed_is_not_done_and_the_next_one_keeps_its_number() -> None:
    progress = progress_of(3)
    progress.record(JobEvent("render_pre", 1.0))
    assert progress.pass_frame(2.0) == 1
    assert (progress.frame, progress.done) == (None, [])
    progress.record(JobEvent("render_pre", 2.0))
    assert progress.frame == 2
    frame = progress.record(JobEvent("render_write", 2.5))
    assert frame is not None
    assert (frame.number, frame.seconds) == (2, 0.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Fra:1 Mem:2.11M | Time:00:00.10 | Rendering | Sample 12/64", (12, 64)),
        ("Szene, ViewLayer | Verbleibend:00:01 | Abtastung 3/8", (3, 8)),
        ("Tile 1/4, Sample 5/10", (5, 10)),
        ("Synchronizing object | Cube", (0, 0)),
        ("Sample 2/4 | " + "9" * 100_000, (2, 4)),
        ("1" * 5_000 + "/" + "2" * 5_000, (0, 0)),  # Python reads no number of so many digits
    ],
)
def test_samples_are_told_in_any_language(text: str, told: tuple[int, int]) -> None:
    progress = progress_of(3)
    progress.record(JobEvent("render_stats", 0.0, "Sample 1/2"))  # before the first frame it is not one of ours
    progress.record(JobEvent("render_pre", 0.0))
    progress.record(JobEvent("render_stats", 0.1, text))
    assert (progress.sample, progress.samples) == told
    assert progress.fraction == (told[0] / told[1] if told[1] else 0.0)


def test_a_fraction_stands_for_samples_that_are_not_told() -> None:
    progress = progress_of(4)
    progress.record(JobEvent("render_pre", NOW - 1.0))
    progress.record(JobEvent(FRACTION, NOW, fraction=0.25))
    assert (progress.sample, progress.fraction) == (0, 0.25)
    assert progress.eta == pytest.approx(15.0)  # 4 s for a frame
    progress.record(JobEvent("render_stats", NOW, "Sample 1/8"))
    assert (progress.sample, progress.fraction) == (1, 0.25)


@pytest.mark.parametrize("last", [0.8, 1.0])
def test_the_fraction_of_the_frame_before_is_not_taken_for_that_of_the_next(last: float) -> None:
    progress = progress_of(2)
    progress.record(JobEvent("render_pre", NOW - 2.0))
    progress.record(JobEvent(FRACTION, NOW - 1.5, fraction=0.75))
    progress.record(JobEvent("render_write", NOW - 1.0))
    progress.record(JobEvent("render_pre", NOW - 1.0))
    progress.record(JobEvent(FRACTION, NOW - 0.5, fraction=last))
    assert progress.fraction == 0.0
    progress.record(JobEvent(FRACTION, NOW - 0.25, fraction=0.125))
    assert progress.fraction == 0.125
    progress.record(JobEvent(FRACTION, NOW, fraction=0.875))
    assert progress.fraction == 0.875


def test_no_fraction_is_told_where_no_frame_is_rendered() -> None:
    progress = progress_of(2)
    progress.record(JobEvent(FRACTION, NOW, fraction=0.5))
    assert progress.fraction == 0.0


def test_nothing_is_known_before_the_first_samples_and_nothing_left_after_the_last_frame() -> None:
    progress = progress_of(2)
    assert progress.eta is None
    progress.record(JobEvent("render_pre", NOW))
    assert progress.eta is None
    render(progress, [1.0, 2.0])
    assert progress.eta == 0.0


def test_samples_of_the_first_frame_tell_the_time_that_is_left() -> None:
    progress = progress_of(10)
    progress.record(JobEvent("render_pre", NOW - 1.0))
    progress.record(JobEvent("render_stats", NOW, "Sample 32/64"))
    assert progress.eta == pytest.approx(19.0, rel=0.05)  # 1 s for a half of one, 20 s for all


def test_the_time_until_the_first_frames_are_written() -> None:
    """A list of frames is rendered by several jobs, and each has its own end."""
    progress = progress_of(10)
    render(progress, [1.0, 2.0, 3.0])
    assert progress.seconds_until(5) == pytest.approx(2.0, abs=0.1)
    assert progress.seconds_until(10) == pytest.approx(7.0, abs=0.1)
    assert progress.seconds_until(3) == 0.0


def test_the_time_that_is_left_settles_though_frames_differ() -> None:
    """Frames take 1 or 3 seconds in turns: from the tenth on it is right to a tenth."""
    ends = [0.0]
    for frame in range(100):
        ends.append(ends[-1] + (1.0 if frame % 2 else 3.0))
    for done in range(10, 100, 10):
        progress = progress_of(100)
        render(progress, ends[1 : done + 1])
        assert progress.eta == pytest.approx(ends[-1] - ends[done], rel=0.1)


def test_the_time_that_is_left_follows_a_scene_that_becomes_heavier() -> None:
    ends = [float(frame) for frame in range(1, 51)]
    ends += [50.0 + 10.0 * frame for frame in range(1, 26)]
    progress = progress_of(100)
    render(progress, ends)
    assert progress.eta == pytest.approx(250.0, rel=0.1)
