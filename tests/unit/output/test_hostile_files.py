"""What forged files cost: whatever stands in a file, `check` takes linear time and bounded memory, and never raises."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from async_render.output import formats
from async_render.output.formats import Damage, Source, check
from async_render.output.formats.source import FREE, TIMES

from ...support.mutations import CountedFile, assert_judged, damage_in, mutations
from ...support.sample_files import CHANNEL, SAMPLES, SLOW, exr_header, exr_of_parts

FORMATS = str(Path(formats.__file__).parent)


def lines_run(name: str, file: CountedFile) -> int:
    """How many lines of the checkers run."""
    lines = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(FORMATS):
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        damage_in(name, file)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_whole(name: str) -> None:
    assert damage_in(name, CountedFile(SAMPLES[name])) is None


@pytest.mark.parametrize("name", SLOW)
def test_a_file_that_is_built_to_be_slow_takes_linear_work(name: str) -> None:
    """Four times the size: about four times the work, where careless reading does sixteen times as much."""
    small, large = (CountedFile(SLOW[name](size)) for size in (1 << 11, 1 << 13))
    few, many = lines_run(name, small), lines_run(name, large)
    assert few > 10
    assert many <= 8 * few + 500, f"{few:,} and {many:,} lines"
    assert many <= 100 * len(large.getvalue())
    assert large.bytes_read <= 10 * len(large.getvalue())


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("size", [1 << 16, pytest.param(1 << 18, marks=pytest.mark.slow)])
@pytest.mark.timeout(60)  # no length in a file may keep it busy
def test_a_large_file_that_is_built_to_be_slow_takes_little_memory(name: str, size: int) -> None:
    file = CountedFile(SLOW[name](size))
    tracemalloc.start()
    try:
        assert_judged(name, file.getvalue())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * size, f"{peak:,} bytes"


@pytest.mark.timeout(60)  # a second for each part, once
def test_the_list_of_channels_is_read_in_linear_time() -> None:
    whole = exr_of_parts([exr_header(1, CHANNEL * 60_000)] * 20, 1)
    assert damage_in("channels.exr", CountedFile(whole)) is None


def test_a_file_may_not_be_read_over_and_over() -> None:
    source = Source(CountedFile(bytes(1000)), Path("a.png"), 1000)

    def read_on() -> None:
        for _ in range(FREE):
            source.read(0, 1000)

    with pytest.raises(Damage, match="its parts lie over each other"):
        read_on()
    assert source.cost <= FREE + (TIMES + 2) * 1000


def test_the_table_of_a_sparse_file_is_not_kept(tmp_path: Path) -> None:
    """A terabyte that takes no room on the disk: of 100 million chunks, all are missing."""
    file = tmp_path / "a.exr"
    file.write_bytes(b"\x76\x2f\x31\x01\2\0\0\0" + exr_header(100_000_000, compression=0) + b"\0")
    with file.open("r+b") as opened:
        opened.truncate(1 << 40)
    with file.open("rb") as opened, pytest.raises(Damage, match="more than 4,194,304 chunks"):
        check(Source(opened, file, 1 << 40))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.timeout(120)  # no length in a file may keep it busy
def test_a_changed_file_is_judged_and_never_raises(name: str) -> None:
    whole = SAMPLES[name]
    count = 150 if len(whole) < 5_000 else 20
    for data in mutations(whole, name, count):
        assert_judged(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", range(12))
def test_thousands_of_changed_files_are_judged_and_never_raise(name: str, seed: int) -> None:
    whole = SAMPLES[name]
    count = 6_000 if len(whole) < 5_000 else 400
    for data in mutations(whole, f"{name} {seed}", count):
        assert_judged(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_changed_files_that_are_built_to_be_slow_take_linear_work(name: str) -> None:
    for size in (1 << 10, 1 << 14):
        for data in mutations(SLOW[name](size), f"{name} {size}", 300):
            assert_judged(name, data)
